// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Functions of the kernel: typed, weak, and asked for; one by a prototype that is not vmlinux.h's, and a
// name that no kernel has.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

extern struct task_struct *bpf_task_acquire(struct task_struct *task) __ksym __weak;
extern struct task_struct *bpf_task_from_pid(__u32 pid) __ksym __weak;
extern void bpf_task_release(struct task_struct *task) __ksym __weak;
extern int bpf_no_such_function(void) __ksym __weak;

struct seen {
	__u32 pid;
	__u32 by_cast;
	__u32 by_number;
	bool acquires;
	bool has_nothing;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} rb SEC(".maps");

SEC("tp_btf/sched_process_exec")
int BPF_PROG(exec, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)
{
	struct seen e = {};
	struct task_struct *found;

	e.pid = task->tgid;
	e.by_cast = bpf_core_cast((void *)bpf_get_current_task(), struct task_struct)->tgid;
	found = bpf_task_from_pid(e.pid);
	if (found) {
		e.by_number = found->tgid;
		bpf_task_release(found);
	}
	e.acquires = bpf_ksym_exists(bpf_task_acquire);
	e.has_nothing = bpf_ksym_exists(bpf_no_such_function);
	if (e.has_nothing)
		bpf_no_such_function();
	bpf_ringbuf_output(&rb, &e, sizeof(e), 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
