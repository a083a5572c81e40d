// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Files that are removed, by fentry and fexit: at the return the arguments are still at hand, and no
// kprobe is needed. Kernel 5.5.
//   skep run unlink_fentry.bpf.c
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

SEC("fentry/do_unlinkat")
int BPF_PROG(on_entry, int directory, struct filename *name)
{
	bpf_printk("fentry %s", name->name);
	return 0;
}

SEC("fexit/do_unlinkat")
int BPF_PROG(on_return, int directory, struct filename *name, long result)
{
	bpf_printk("fexit %s %ld", name->name, result);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
