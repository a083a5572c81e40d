// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The record is a global variable.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct note {
	int pid;
	__s64 balance;
} note;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} notes SEC(".maps");

SEC("tp/sched/sched_process_exec")
int exec(void *ctx)
{
	note.pid = bpf_get_current_pid_tgid() >> 32;
	note.balance = -5000000000LL;
	bpf_ringbuf_output(&notes, &note, sizeof(note), 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
