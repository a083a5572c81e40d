// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The first arguments of each execve, as the caller passes them: texts in the memory of a process.
// bpf_probe_read_user_str() copies up to the NUL, or as much as there is room for; the NUL is
// always among it. (The tool execsnoop shows whole command lines.)
//   skep run exec_args.bpf.c
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "skep/stream.bpf.h"

#define ARGS 4
#define ARG_SIZE 16

struct event {
	__u32 pid;
	char args[ARGS][ARG_SIZE];
};

SKEP_STREAM(events, struct event, 256 * 1024);

SEC("tp/syscalls/sys_enter_execve")
int on_execve(struct trace_event_raw_sys_enter *ctx)
{
	const char **args = (const char **)ctx->args[1];
	struct event *event = skep_reserve(events);
	const char *arg;

	if (!event)
		return 0;
	event->pid = bpf_get_current_pid_tgid() >> 32;
	__builtin_memset(event->args, 0, sizeof(event->args));
	for (int i = 0; i < ARGS; ++i) {
		/* First the pointer, then what it points to: NULL ends the list. */
		if (bpf_probe_read_user(&arg, sizeof(arg), &args[i]) || !arg)
			break;
		bpf_probe_read_user_str(event->args[i], ARG_SIZE, arg);
	}
	skep_submit(event);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
