// oracle: types same moved absent shifted
// Relocations in subprograms, static, global and in another section: each is counted from its own
// section and must land in the copy that every program gets.
#include "oracle.h"
#include "shape.h"

answers(6);

static __noinline int inner(struct shape *shape)
{
	return bpf_core_field_offset(shape->level) + shape->refs;
}

__noinline int outer(__u64 *ctx)
{
	struct shape *shape = (void *)ctx[0];

	return inner(shape->next) + shape->corner.x;
}

SEC("raw_tp/first")
int first(__u64 *ctx)
{
	answer[0] = outer(ctx);
	answer[1] = bpf_core_type_size(struct shape);
	return 0;
}

SEC("raw_tp/second")
int second(__u64 *ctx)
{
	answer[2] = bpf_core_field_size(struct shape, corner);
	answer[3] = inner((void *)ctx[2]);
	return outer(ctx);
}

char LICENSE[] SEC("license") = "GPL";
