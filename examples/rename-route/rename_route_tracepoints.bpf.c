// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The same by the tracepoints that stand in these functions, for kernels without kprobes: they stay
// where they are when the functions change.
//   skep run rename_route_tracepoints.bpf.c
#include "rename_route.h"

SEC("tp_btf/task_rename")
int BPF_PROG(on_rename, struct task_struct *task, const char *name)
{
	return renamed(task, name);
}

SEC("tp_btf/fib_table_lookup")
int BPF_PROG(on_route, __u32 table, const struct flowi4 *flow)
{
	return looked_up(flow);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
