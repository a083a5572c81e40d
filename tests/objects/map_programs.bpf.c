// A program array that names its programs: they are put in after all are loaded.
#include "oracle.h"

int one(void *ctx);
int two(void *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__array(values, int(void *));
} jumps SEC(".maps") = {
	.values = {[1] = (void *)&one, [3] = (void *)&two},
};

SEC("raw_tp/one")
int one(void *ctx)
{
	return 1;
}

SEC("raw_tp/two")
int two(void *ctx)
{
	bpf_tail_call_static(ctx, &jumps, 1);
	return 2;
}

SEC("raw_tp/entry")
int entry(void *ctx)
{
	bpf_tail_call(ctx, &jumps, 3);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
