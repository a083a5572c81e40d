// oracle: types same moved resized absent empty twins shifted
// FIELD_BYTE_OFFSET in every instruction that can hold it: a load's offset (LDX), a pointer sum
// (ALU), and a number (mov, by bpf_core_field_offset).
#include "oracle.h"
#include "shape.h"

answers(8);

SEC("raw_tp/field_offset")
int field_offset(__u64 *ctx)
{
	struct shape *shape = (void *)ctx[0];
	struct point copy;

	answer[0] = shape->refs;
	answer[1] = shape->corner.y;
	answer[2] = shape->next->next->kind;
	bpf_core_read(&copy, sizeof(copy), &shape->corner);
	answer[3] = copy.x;
	answer[4] = BPF_CORE_READ(shape, next, next, corner.x);
	answer[5] = bpf_core_field_offset(struct shape, level);
	answer[6] = bpf_core_field_offset(shape->label);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
