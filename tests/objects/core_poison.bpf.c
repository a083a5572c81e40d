// oracle: types same absent empty shifted
// A field, type size and enum value that the target lacks, read on a path that asks first: the
// verifier prunes that path, so they become an invalid call and no error.
#include "oracle.h"
#include "shape.h"

answers(6);

SEC("raw_tp/poison")
int poison(__u64 *ctx)
{
	struct shape *shape = (void *)ctx[0];

	if (bpf_core_field_exists(shape->serial))
		answer[0] = shape->serial;
	if (bpf_core_field_exists(shape->small))
		shape->small = 3;
	if (bpf_core_type_exists(colour_t))
		answer[1] = bpf_core_type_size(colour_t);
	if (bpf_core_enum_value_exists(enum reach, REACH_FAR))
		answer[2] = bpf_core_enum_value(enum reach, REACH_FAR);
	if (bpf_core_field_exists(shape->corner.y))
		answer[3] = shape->corner.y;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
