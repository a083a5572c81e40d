// A perf event: the stack of whoever is on the CPU.
#include "oracle.h"

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 1024);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 20 * sizeof(__u64));
} stacks SEC(".maps");

SEC("perf_event")
int sample(void *ctx)
{
	return bpf_get_stackid(ctx, &stacks, 1 << 8) < 0;
}

char LICENSE[] SEC("license") = "GPL";
