// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Tail calls: each system call of a process jumps to the program that its number has in a map. What
// has none there falls through. The numbers are those of the machine that this is compiled for.
//   hello-tail PID
#include "vmlinux.h"
#include <asm/unistd.h>
#include <bpf/bpf_helpers.h>
#include "skep/stream.bpf.h"

enum what { another_call, executing_a_program, creating_a_timer, deleting_a_timer, using_a_timer };

struct event {
	enum what what;
	__u32 syscall;
};

SKEP_STREAM(events, struct event, 64 * 1024);

const volatile __u32 target_pid = 0; /* 0: all processes, which is a flood */

static __always_inline int say(struct bpf_raw_tracepoint_args *ctx, enum what what)
{
	struct event *event = skep_reserve(events);

	if (!event)
		return 0;
	event->what = what;
	event->syscall = ctx->args[1];
	skep_submit(event);
	return 0;
}

SEC("raw_tp/sys_enter")
int hello_exec(struct bpf_raw_tracepoint_args *ctx)
{
	return say(ctx, executing_a_program);
}

SEC("raw_tp/sys_enter")
int hello_timer(struct bpf_raw_tracepoint_args *ctx)
{
	if (ctx->args[1] == __NR_timer_create)
		return say(ctx, creating_a_timer);
	if (ctx->args[1] == __NR_timer_delete)
		return say(ctx, deleting_a_timer);
	return say(ctx, using_a_timer);
}

SEC("raw_tp/sys_enter")
int ignore(struct bpf_raw_tracepoint_args *ctx)
{
	return 0;
}

/* Filled when the programs are loaded, and changed at any time. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 512);
	__type(key, __u32);
	__array(values, int(void *));
} syscalls SEC(".maps") = {
	.values = {
		[__NR_execve] = (void *)&hello_exec,
		[__NR_timer_create] = (void *)&hello_timer,
		[__NR_timer_delete] = (void *)&hello_timer,
		[__NR_timer_getoverrun] = (void *)&hello_timer,
		[__NR_timer_gettime] = (void *)&hello_timer,
		[__NR_timer_settime] = (void *)&hello_timer,
	},
};

SEC("raw_tp/sys_enter")
int on_sys_enter(struct bpf_raw_tracepoint_args *ctx)
{
	if (target_pid && bpf_get_current_pid_tgid() >> 32 != target_pid)
		return 0;
	bpf_tail_call(ctx, &syscalls, ctx->args[1]); /* comes back only when nothing is there */
	return say(ctx, another_call);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
