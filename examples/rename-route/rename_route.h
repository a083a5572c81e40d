/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The two records, and how they are filled: from the types of the kernel, field by field. */
#ifndef RENAME_ROUTE_H
#define RENAME_ROUTE_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "skep/stream.bpf.h"

struct rename {
	__u32 pid;
	char old_name[16], new_name[16];
	__s16 oom_score_adj;
};

struct route {
	__u32 pid;
	__u8 dest[4]; /* as it is written */
};

SKEP_STREAM(renames, struct rename, 64 * 1024);
SKEP_STREAM(routes, struct route, 64 * 1024);

static __always_inline int renamed(struct task_struct *task, const char *name)
{
	struct rename *rename = skep_reserve(renames);

	if (!rename)
		return 0;
	rename->pid = BPF_CORE_READ(task, pid);
	BPF_CORE_READ_STR_INTO(&rename->old_name, task, comm);
	bpf_probe_read_kernel_str(rename->new_name, sizeof(rename->new_name), name);
	rename->oom_score_adj = BPF_CORE_READ(task, signal, oom_score_adj);
	skep_submit(rename);
	return 0;
}

static __always_inline int looked_up(const struct flowi4 *flow)
{
	struct route *route = skep_reserve(routes);

	if (!route)
		return 0;
	route->pid = bpf_get_current_pid_tgid() >> 32;
	*(__be32 *)route->dest = BPF_CORE_READ(flow, daddr);
	skep_submit(route);
	return 0;
}

#endif
