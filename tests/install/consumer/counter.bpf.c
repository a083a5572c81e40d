// Counts getppid() of one process.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct key {
	__u32 pid;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, struct key);
	__type(value, __u64);
} calls SEC(".maps");

const volatile __u32 target_pid = 0;

SEC("tp/syscalls/sys_enter_getppid")
int count(void *ctx)
{
	struct key key = {.pid = bpf_get_current_pid_tgid() >> 32};
	__u64 one = 1, *calls_so_far;

	if (key.pid != target_pid)
		return 0;
	calls_so_far = bpf_map_lookup_elem(&calls, &key);
	if (calls_so_far)
		__sync_fetch_and_add(calls_so_far, 1);
	else
		bpf_map_update_elem(&calls, &key, &one, BPF_ANY);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
