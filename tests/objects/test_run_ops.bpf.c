// The struct_ops that the kernel has for tests alone: it can be run, and not be registered.
#include "oracle.h"
#include <bpf/bpf_tracing.h>

struct bpf_dummy_ops_state {
	int val;
} __attribute__((preserve_access_index));

struct bpf_dummy_ops {
	int (*test_1)(struct bpf_dummy_ops_state *state);
	int (*test_2)(struct bpf_dummy_ops_state *state, int a, unsigned short b, char c,
		      unsigned long d);
};

SEC("struct_ops/test_1")
int BPF_PROG(on_state, struct bpf_dummy_ops_state *state)
{
	int before;

	if (!state)
		return -1;
	before = state->val;
	state->val = 0x5a;
	return before;
}

SEC("struct_ops/test_2")
int BPF_PROG(on_arguments, struct bpf_dummy_ops_state *state, int a, unsigned short b, char c,
	     unsigned long d)
{
	return a + b + c + (int)d;
}

SEC(".struct_ops")
struct bpf_dummy_ops dummy = {
	.test_1 = (void *)on_state,
	.test_2 = (void *)on_arguments,
};

char LICENSE[] SEC("license") = "GPL";
