// kprobe and kretprobe: two programs of one type that share a map.
#include "oracle.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u64);
	__type(value, __u64);
} started SEC(".maps");

SEC("kprobe/do_unlinkat")
int enter(void *registers)
{
	__u64 thread = bpf_get_current_pid_tgid(), now = bpf_ktime_get_ns();

	bpf_map_update_elem(&started, &thread, &now, 0);
	return 0;
}

SEC("kretprobe/do_unlinkat")
int leave(void *registers)
{
	__u64 thread = bpf_get_current_pid_tgid();

	bpf_map_delete_elem(&started, &thread);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
