// A set that may say yes wrongly: values without a key, hash functions in map_extra.
#include "oracle.h"

struct {
	__uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
	__uint(max_entries, 1000);
	__uint(map_extra, 3);
	__type(value, __u64);
} seen SEC(".maps");

SEC("raw_tp/sys_enter")
int use(void *ctx)
{
	__u64 thread = bpf_get_current_pid_tgid();

	if (bpf_map_peek_elem(&seen, &thread))
		bpf_map_push_elem(&seen, &thread, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
