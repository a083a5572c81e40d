// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A record for each execve, through a ring buffer: one for all CPUs, in order, and a record is
// written where it will be read. What finds no room is counted, so that main.cpp can say so.
//   skep run exec_ring.bpf.c
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct event {
	__u32 pid;
	char comm[16];
	char message[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
	__type(value, struct event); /* what skep takes the records for */
} events SEC(".maps");

__u64 lost;

SEC("tp/syscalls/sys_enter_execve")
int on_execve(void *ctx)
{
	struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	event->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	if (event->pid % 2)
		__builtin_memcpy(event->message, "Hello, odd one", 15);
	else
		__builtin_memcpy(event->message, "Hello, even one", 16);
	/* From reserve on, every path must end in submit or discard. */
	bpf_ringbuf_submit(event, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
