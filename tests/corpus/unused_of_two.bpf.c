// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The same as two_sizes, with a pointer that names one of the two types.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct begin {
	__u32 pid;
	__u32 parent;
	char comm[16];
};

struct end {
	__u32 pid;
	int code;
	__u64 at;
	__u64 nothing[2];
};

const struct begin *unused __attribute__((unused));

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} events SEC(".maps");

SEC("tp/sched/sched_process_exec")
int on_exec(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task_btf();
	struct begin *b = bpf_ringbuf_reserve(&events, sizeof(*b), 0);

	if (!b)
		return 0;
	b->pid = bpf_get_current_pid_tgid() >> 32;
	b->parent = task->real_parent->tgid;
	bpf_get_current_comm(b->comm, sizeof(b->comm));
	bpf_ringbuf_submit(b, 0);
	return 0;
}

SEC("tp/sched/sched_process_exit")
int on_exit(void *ctx)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct end e = { .pid = id >> 32, .code = -1, .at = 99 };

	if (id >> 32 == (__u32)id)
		bpf_ringbuf_output(&events, &e, sizeof(e), 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
