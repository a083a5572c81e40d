// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Two probes in one object: threads that get a new name, and routes that are looked up. BPF_KPROBE
// takes the arguments of the kernel's function by their types, on every architecture.
//   skep run rename_route.bpf.c
#include "rename_route.h"

SEC("kprobe/__set_task_comm")
int BPF_KPROBE(on_rename, struct task_struct *task, const char *name)
{
	return renamed(task, name);
}

SEC("kprobe/fib_table_lookup")
int BPF_KPROBE(on_route, struct fib_table *table, const struct flowi4 *flow)
{
	return looked_up(flow);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
