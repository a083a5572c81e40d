// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Nothing but a per-CPU map: what one sees is the sum.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_LRU_PERCPU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, __u64[2]);
} starts SEC(".maps");

SEC("tp/sched/sched_process_exec")
int exec(void *ctx)
{
	__u32 pid = bpf_get_current_pid_tgid() >> 32;
	__u64 one[2] = { 1, 10 };

	bpf_map_update_elem(&starts, &pid, one, BPF_ANY);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
