// SPDX-License-Identifier: MIT OR GPL-2.0-only
// An LRU hash from a process number to a text.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, pid_t);
	__type(value, char[TASK_COMM_LEN]);
} names SEC(".maps");

SEC("tp_btf/sched_process_exec")
int BPF_on_exec(__u64 *ctx)
{
	pid_t pid = bpf_get_current_pid_tgid() >> 32;
	char comm[TASK_COMM_LEN];

	bpf_get_current_comm(comm, sizeof(comm));
	bpf_map_update_elem(&names, &pid, comm, BPF_ANY);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
