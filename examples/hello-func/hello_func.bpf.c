// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A function that is called, not copied into its caller: the program has two functions for the
// kernel, each with a tag of its own. A stack of 512 bytes is what all of them share.
//   skep run hello_func.bpf.c --target-pid PID
//   bpftool prog dump xlated name hello
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

const volatile __u32 target_pid = 0; /* 0: all processes, which is a flood */

static __noinline int get_opcode(struct bpf_raw_tracepoint_args *ctx)
{
	return ctx->args[1];
}

SEC("raw_tp/sys_enter")
int hello(struct bpf_raw_tracepoint_args *ctx)
{
	int opcode = get_opcode(ctx);

	if (!target_pid || bpf_get_current_pid_tgid() >> 32 == target_pid)
		bpf_printk("Syscall: %d", opcode);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
