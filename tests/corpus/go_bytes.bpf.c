// SPDX-License-Identifier: MIT OR GPL-2.0-only
// As bpf2go users write it: bytes for texts, and an unused pointer.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct event {
	u32 pid;
	u8 comm[16];
	u8 line[24];
	s64 delta_ns;
};

const struct event *unused __attribute__((unused));

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 24);
} events SEC(".maps");

SEC("tracepoint/sched/sched_process_exec")
int trace_exec(void *ctx)
{
	struct event *task_info = bpf_ringbuf_reserve(&events, sizeof(struct event), 0);

	if (!task_info)
		return 0;
	task_info->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(&task_info->comm, 16);
	__builtin_memcpy(task_info->line, "SELECT 1;", 10);
	task_info->delta_ns = 2500000;
	bpf_ringbuf_submit(task_info, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
