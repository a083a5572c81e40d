// A hash map that forgets, with lists for each CPU.
#include "oracle.h"

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 500);
	__uint(map_flags, 1 << 1 /* BPF_F_NO_COMMON_LRU */);
	__type(key, __u64);
	__type(value, __u32);
} recent SEC(".maps");

SEC("raw_tp/sys_enter")
int use(void *ctx)
{
	__u64 thread = bpf_get_current_pid_tgid();
	__u32 one = 1;

	bpf_map_update_elem(&recent, &thread, &one, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
