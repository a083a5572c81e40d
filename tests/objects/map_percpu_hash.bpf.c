// A hash map with a value for each CPU.
#include "oracle.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 100);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

SEC("raw_tp/sys_enter")
int use(void *ctx)
{
	__u32 pid = bpf_get_current_pid_tgid() >> 32;
	__u64 one = 1, *count = bpf_map_lookup_elem(&counts, &pid);

	if (count)
		++*count;
	else
		bpf_map_update_elem(&counts, &pid, &one, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
