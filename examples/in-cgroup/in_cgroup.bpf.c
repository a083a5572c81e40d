// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The programs that are started inside a control group or one below it, and no others. The kernel
// asks a map which group that is; main.cpp puts it there.
//   in-cgroup GROUP
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "skep/stream.bpf.h"

struct event {
	__u32 pid;
	char comm[16];
	char path[64];
};

SKEP_STREAM(events, struct event, 64 * 1024);

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} groups SEC(".maps");

SEC("tp/syscalls/sys_enter_execve")
int on_execve(struct trace_event_raw_sys_enter *ctx)
{
	struct event *event;

	/* 1: it is; 0: it is not; an error while the place is empty. */
	if (bpf_current_task_under_cgroup(&groups, 0) != 1)
		return 0;
	event = skep_reserve(events);
	if (!event)
		return 0;
	event->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	if (bpf_probe_read_user_str(event->path, sizeof(event->path), (const char *)ctx->args[0]) < 0)
		event->path[0] = 0;
	skep_submit(event);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
