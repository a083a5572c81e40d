// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The same for kernels without kprobes, by the tracepoints of the system call that rm makes: there
// the name is still a text in the memory of the process.
//   skep run unlink_tracepoints.bpf.c
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("tp/syscalls/sys_enter_unlinkat")
int on_entry(struct trace_event_raw_sys_enter *ctx)
{
	char name[64] = "";

	bpf_probe_read_user_str(name, sizeof(name), (const char *)ctx->args[1]);
	bpf_printk("ENTRY %s", name);
	return 0;
}

SEC("tp/syscalls/sys_exit_unlinkat")
int on_return(struct trace_event_raw_sys_exit *ctx)
{
	bpf_printk("EXIT %ld", ctx->ret);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
