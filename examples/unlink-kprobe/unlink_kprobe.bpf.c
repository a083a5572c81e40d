// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Files that are removed, by kprobes: the name at the entry, the result at the return.
//   skep run unlink_kprobe.bpf.c
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

SEC("kprobe/do_unlinkat")
int BPF_KPROBE(on_entry, int directory, struct filename *name)
{
	bpf_printk("ENTRY %s", BPF_CORE_READ(name, name));
	return 0;
}

SEC("kretprobe/do_unlinkat")
int BPF_KRETPROBE(on_return, long result)
{
	bpf_printk("EXIT %ld", result);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
