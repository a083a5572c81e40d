// oracle: types same absent moved
// A field that is a pointer here and an array, or a struct, there: not the same field.
#include "oracle.h"
#include "shape.h"

answers(4);

SEC("raw_tp/kind_mismatch")
int kind_mismatch(__u64 *ctx)
{
	struct shape *shape = (void *)ctx[0];

	answer[0] = bpf_core_field_exists(shape->path);
	answer[1] = bpf_core_field_exists(shape->title);
	answer[2] = bpf_core_field_exists(shape->kind);
	answer[3] = (long)shape->title;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
