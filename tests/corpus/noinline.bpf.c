// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A global function reserves, fills and submits for two programs.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct note { __u32 pid; __u32 from; char comm[16]; };

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} notes SEC(".maps");

__attribute__((noinline)) int write_note(__u32 from)
{
	struct note *note = bpf_ringbuf_reserve(&notes, sizeof(*note), 0);

	if (!note)
		return 1;
	note->pid = bpf_get_current_pid_tgid() >> 32;
	note->from = from;
	bpf_get_current_comm(note->comm, sizeof(note->comm));
	bpf_ringbuf_submit(note, 0);
	return 0;
}

SEC("tp/sched/sched_process_exec")
int first(void *ctx)
{
	return write_note(1);
}

SEC("tp/sched/sched_process_exit")
int second(void *ctx)
{
	return write_note(2);
}

char LICENSE[] SEC("license") = "GPL";
