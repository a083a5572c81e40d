// oracle: types same moved resized absent empty shifted
// Fields of anonymous structs and unions: the target may nest them otherwise, or not at all, and
// they are found by their names.
#include "oracle.h"
#include "shape.h"

answers(8);

SEC("raw_tp/nesting")
int nesting(__u64 *ctx)
{
	struct shape *shape = (void *)ctx[0];

	answer[0] = bpf_core_field_offset(shape->radius);
	answer[1] = bpf_core_field_offset(shape->diameter);
	answer[2] = bpf_core_field_offset(shape->deep);
	answer[3] = bpf_core_field_offset(shape->deeper);
	answer[4] = bpf_core_field_offset(shape->colour.hue);
	answer[5] = bpf_core_field_offset(shape->value.text);
	answer[6] = bpf_core_field_exists(shape->value.number);
	answer[7] = shape->deeper;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
