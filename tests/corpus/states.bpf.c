// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Sixteen bytes hold an address of either family, as tcpstates has it.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct event {
	unsigned __int128 saddr;
	unsigned __int128 daddr;
	__u64 skaddr;
	__u64 delta_us;
	__u32 pid;
	int oldstate;
	int newstate;
	__u16 family;
	__u16 sport;
	__be16 dport;
	char task[TASK_COMM_LEN];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} events SEC(".maps");

SEC("tp/sched/sched_process_exec")
int handle_set_state(void *ctx)
{
	struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event)
		return 0;
	__builtin_memset(event, 0, sizeof(*event));
	event->saddr = 0x0100000aUL;
	event->daddr = 0x0200000aUL;
	event->skaddr = 0xffff888012345678UL;
	event->delta_us = 12;
	event->pid = bpf_get_current_pid_tgid() >> 32;
	event->oldstate = 1;
	event->newstate = 6;
	event->family = 2;
	event->sport = 80;
	event->dport = __builtin_bswap16(8080);
	bpf_ringbuf_submit(event, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
