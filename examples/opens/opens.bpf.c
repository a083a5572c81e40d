// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The files that a process opens, or all processes: an option from user space that costs nothing,
// as the verifier drops what a constant rules out. (The tool opensnoop shows what came of it.)
//   skep run opens.bpf.c --pid-target PID
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "skep/stream.bpf.h"

const volatile int pid_target = 0; /* 0: all */

struct event {
	__u32 pid;
	char comm[16];
	char path[128];
};

SKEP_STREAM(events, struct event, 256 * 1024);

SEC("tp/syscalls/sys_enter_openat")
int on_openat(struct trace_event_raw_sys_enter *ctx)
{
	__u32 pid = bpf_get_current_pid_tgid() >> 32;
	struct event *event;

	if (pid_target && pid != pid_target)
		return 0;
	event = skep_reserve(events);
	if (!event)
		return 0;
	event->pid = pid;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	if (bpf_probe_read_user_str(event->path, sizeof(event->path), (const char *)ctx->args[1]) < 0)
		event->path[0] = 0;
	skep_submit(event);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
