// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The record is made by one function and sent by another.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct message {
	__u64 pid;
	char text[24];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} messages SEC(".maps");

static __noinline int send(void *what, __u32 size)
{
	return bpf_ringbuf_output(&messages, what, size, 0);
}

SEC("raw_tp/sched_process_exec")
int exec(void *ctx)
{
	struct message m = { .text = "by a subprogram" };

	m.pid = bpf_get_current_pid_tgid() >> 32;
	send(&m, sizeof(m));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
