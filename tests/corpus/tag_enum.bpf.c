// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Three types of one size in one ring: an enumeration at the start says which.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

enum kind { KIND_EXEC = 1, KIND_EXIT, KIND_FORK };

struct exec_message {
	enum kind kind;
	__u32 pid;
	char comm[16];
};

struct exit_message {
	enum kind kind;
	__u32 pid;
	__s64 answer;
	__u64 nothing;
};

struct fork_message {
	enum kind kind;
	__u32 pid;
	__u32 numbers[4];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} messages SEC(".maps");

static __always_inline __u32 pid(void)
{
	return bpf_get_current_pid_tgid() >> 32;
}

SEC("tp/sched/sched_process_exec")
int handle_exec(void *ctx)
{
	struct exec_message *m = bpf_ringbuf_reserve(&messages, sizeof(*m), 0);

	if (!m)
		return 0;
	m->kind = KIND_EXEC;
	m->pid = pid();
	bpf_get_current_comm(m->comm, sizeof(m->comm));
	bpf_ringbuf_submit(m, 0);
	return 0;
}

SEC("tp/sched/sched_process_exit")
int handle_exit(void *ctx)
{
	struct exit_message m = { .kind = KIND_EXIT, .pid = pid(), .answer = -42 };

	bpf_ringbuf_output(&messages, &m, sizeof(m), 0);
	return 0;
}

SEC("raw_tp/sched_process_exec")
int handle_again(void *ctx)
{
	struct fork_message *m = bpf_ringbuf_reserve(&messages, sizeof(*m), 0);

	if (!m)
		return 0;
	__builtin_memset(m, 0, sizeof(*m));
	m->kind = KIND_FORK;
	m->pid = pid();
	m->numbers[3] = 7;
	bpf_ringbuf_submit(m, BPF_RB_FORCE_WAKEUP);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
