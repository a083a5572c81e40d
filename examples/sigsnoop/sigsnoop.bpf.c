// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Who sends which signal to whom by kill(2), and what came of it. What is known at the entry of the
// call waits in a hash, under the thread, for the result at its exit.
//   skep run sigsnoop.bpf.c
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "skep/columns.bpf.h"
#include "skep/stream.bpf.h"

struct event {
	__u32 pid;
	char comm[16];
	__s32 signal; /* 0: only a question whether the target is there */
	__s32 target;
	skep_errno_t ret;
};

SKEP_STREAM(events, struct event, 64 * 1024);

struct call {
	__s32 signal, target;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, __u32); /* thread */
	__type(value, struct call);
} calls SEC(".maps");

SEC("tp/syscalls/sys_enter_kill")
int on_kill(struct trace_event_raw_sys_enter *ctx)
{
	struct call call = {.signal = ctx->args[1], .target = ctx->args[0]};
	__u32 thread = bpf_get_current_pid_tgid();

	bpf_map_update_elem(&calls, &thread, &call, BPF_ANY);
	return 0;
}

SEC("tp/syscalls/sys_exit_kill")
int on_kill_end(struct trace_event_raw_sys_exit *ctx)
{
	__u64 id = bpf_get_current_pid_tgid();
	__u32 thread = id;
	struct call *call = bpf_map_lookup_elem(&calls, &thread);
	struct event *event;

	if (!call)
		return 0;
	event = skep_reserve(events);
	if (event) {
		event->pid = id >> 32;
		bpf_get_current_comm(event->comm, sizeof(event->comm));
		event->signal = call->signal;
		event->target = call->target;
		event->ret = ctx->ret;
		skep_submit(event);
	}
	bpf_map_delete_elem(&calls, &thread);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
