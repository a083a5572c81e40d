// An array with a value for each CPU: memory larger than the stack.
#include "oracle.h"

struct scratch {
	char bytes[4096];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratch_map SEC(".maps");

SEC("raw_tp/sys_enter")
int use(void *ctx)
{
	__u32 zero = 0;
	struct scratch *scratch = bpf_map_lookup_elem(&scratch_map, &zero);

	if (scratch)
		bpf_get_current_comm(scratch->bytes, 16);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
