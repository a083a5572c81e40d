// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The record is a single number, no struct at all.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} pids SEC(".maps");

SEC("tp/sched/sched_process_exec")
int exec(void *ctx)
{
	__u64 pid = bpf_get_current_pid_tgid() >> 32;

	bpf_ringbuf_output(&pids, &pid, sizeof(pid), 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
