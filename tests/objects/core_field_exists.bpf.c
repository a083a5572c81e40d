// oracle: types same moved resized absent empty twins shifted
// FIELD_EXISTS: 1 or 0, never poison, whatever became of the field or its type.
#include "oracle.h"
#include "shape.h"

struct shape___wishful {
	int never_was;
	struct point corner;
} __attribute__((preserve_access_index));

answers(10);

SEC("raw_tp/field_exists")
int field_exists(void *ctx)
{
	answer[0] = bpf_core_field_exists(struct shape, kind);
	answer[1] = bpf_core_field_exists(struct shape, radius);
	answer[2] = bpf_core_field_exists(struct shape, deeper);
	answer[3] = bpf_core_field_exists(struct shape, visible);
	answer[4] = bpf_core_field_exists(struct shape, path[2].y);
	answer[5] = bpf_core_field_exists(struct shape, title);
	answer[6] = bpf_core_field_exists(struct shape___wishful, never_was);
	answer[7] = bpf_core_field_exists(struct shape___wishful, corner.y);
	answer[8] = bpf_core_field_exists(struct gone, field);
	answer[9] = bpf_core_field_exists(struct shape, tail);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
