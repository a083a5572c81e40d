/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* exitsnoop: one row for each process (not thread) that ends: how long it lived, and how it died.
 *
 * Code and signal are what wait(2) tells the parent, whichever thread ended last or called
 * exit_group(2). Kernel threads are processes too.
 *
 * A process has ended when its last thread has begun to exit (signal->live is 0). Since 6.16 the
 * tracepoint says which thread that is. Before, two threads that end at once may both find 0: the
 * first to mark the thread group leader's storage reports.
 *
 * Process numbers are those of the initial pid namespace.
 */
#include "skep/vmlinux_min.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "skep/columns.bpf.h"
#include "skep/filter.bpf.h"
#include "skep/stream.bpf.h"
#include "skep/tool.bpf.h"

SKEP_DESCRIPTION("Trace processes that end: how long they lived, exit code, signal");

struct exit_event {
	skep_time_ns_t time;
	int pid;
	int ppid;
	skep_uid_t uid;
	char comm[16];
	skep_duration_ns_t duration; /* since the process was forked */
	int code;                    /* its exit status; 0 when a signal ended it */
	skep_signal_t signal;        /* which ended it; 0: it exited by itself */
	bool core_dumped;
};

SKEP_STREAM(events, struct exit_event, 256 * 1024);

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u32);
} reported SEC(".maps");

/* Two CPUs that create the mark at once may both be told no; then it is there the next time.
 * Without storage (no memory) a row too many is better than one too few. */
static __always_inline bool first_to_report(struct task_struct *leader)
{
	__u32 *mark = NULL;

	for (int i = 0; i < 3 && !mark; i++)
		mark = bpf_task_storage_get(&reported, leader, NULL,
					    BPF_LOCAL_STORAGE_GET_F_CREATE);
	return !mark || __sync_fetch_and_or(mark, 1) == 0;
}

/* `ctx` as raw arguments: (task) before 6.16, (task, group_dead) since. CO-RE decides before the
 * verifier looks, so that the second is never asked for where it is not. */
static __always_inline bool is_process_exit(__u64 *ctx, struct task_struct *task)
{
	if (bpf_core_field_exists(struct trace_event_raw_sched_process_exit, group_dead))
		return (bool)ctx[1];
	return task->signal->live.counter == 0 && first_to_report(task->group_leader);
}

/* As wait_task_zombie (kernel/exit.c) makes it: the group's code, once one is set. */
static __always_inline int wait_status(struct task_struct *leader)
{
	struct signal_struct *signal = BPF_CORE_READ(leader, signal);

	return BPF_CORE_READ(signal, flags) & SIGNAL_GROUP_EXIT ?
		       BPF_CORE_READ(signal, group_exit_code) :
		       BPF_CORE_READ(leader, exit_code);
}

/* The task is read with BPF_CORE_READ, not as plain C: for each pointer that is followed directly the
 * verifier looks a name up among all types of the kernel, which takes it a millisecond. */
SEC("tp_btf/sched_process_exit")
int process_exit(__u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct exit_event e = {}; /* small: put together here, so that `--where` is asked before the reserve */
	int status;

	if (!skep_wanted() || !is_process_exit(ctx, task))
		return 0;
	status = wait_status(leader);
	e.time = bpf_ktime_get_boot_ns();
	e.pid = BPF_CORE_READ(leader, tgid);
	e.ppid = BPF_CORE_READ(leader, real_parent, tgid);
	e.uid = bpf_get_current_uid_gid();
	BPF_CORE_READ_STR_INTO(&e.comm, leader, comm);
	e.duration = e.time - BPF_CORE_READ(leader, start_boottime);
	e.code = (status >> 8) & 0xff;
	e.signal = status & 0x7f;
	e.core_dumped = (status & 0x80) != 0;
	skep_output(events, &e, sizeof(e));
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
