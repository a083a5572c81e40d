// oracle: edit --autocreate left_out=0 --autocreate .data.left_out=0
// Maps that are not created: what refers to them becomes an invalid call.
#include "oracle.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, int);
} left_out SEC(".maps"), created SEC(".maps");

const volatile int has_left_out = 0;
int variable SEC(".data.left_out") = 5;

SEC("raw_tp/left_out")
int left(void *ctx)
{
	int zero = 0;

	if (has_left_out) {
		bpf_map_lookup_elem(&left_out, &zero);
		variable++;
	}
	bpf_map_lookup_elem(&created, &zero);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
