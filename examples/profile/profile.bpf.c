// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Where the CPUs spend their time: at each tick the stack of whoever runs there, in the kernel and
// in user space. main.cpp finds the names of the functions and adds up.
//   profile 10
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "skep/stream.bpf.h"

#define DEPTH 64

struct tick {
	__u32 pid;
	__u32 kernel_size, user_size; /* bytes of addresses, the innermost first */
	char comm[16];
	__u64 kernel[DEPTH], user[DEPTH];
};

SKEP_STREAM(ticks, struct tick, 4 * 1024 * 1024);

SEC("perf_event")
int on_tick(void *ctx)
{
	__u32 pid = bpf_get_current_pid_tgid() >> 32;
	struct tick *tick;
	long size;

	if (!pid) /* idle */
		return 0;
	tick = skep_reserve(ticks);
	if (!tick)
		return 0;
	tick->pid = pid;
	bpf_get_current_comm(tick->comm, sizeof(tick->comm));
	size = bpf_get_stack(ctx, tick->kernel, sizeof(tick->kernel), 0);
	tick->kernel_size = size > 0 ? size : 0;
	size = bpf_get_stack(ctx, tick->user, sizeof(tick->user), BPF_F_USER_STACK);
	tick->user_size = size > 0 ? size : 0;
	skep_submit(tick);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
