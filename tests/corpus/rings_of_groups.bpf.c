// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Ring buffers chosen by index: two that stand in the object, and an array that user space is to fill.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct started {
	__u32 pid;
	char comm[16];
};

struct ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 * 1024);
} low SEC(".maps"), high SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, __u32);
	__array(values, struct ring);
} chosen SEC(".maps") = {
	.values = { [0] = &low, [2] = &high },
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 16);
	__type(key, __u32);
	__array(values, struct ring);
} filled_later SEC(".maps");

static __always_inline void send(void *ring)
{
	struct started *event;

	if (!ring)
		return;
	event = bpf_ringbuf_reserve(ring, sizeof(*event), 0);
	if (!event)
		return;
	event->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	bpf_ringbuf_submit(event, 0);
}

SEC("tp/sched/sched_process_exec")
int on_exec(void *ctx)
{
	__u32 second = 2, cpu = bpf_get_smp_processor_id() & 15;

	send(bpf_map_lookup_elem(&chosen, &second));
	send(bpf_map_lookup_elem(&filled_later, &cpu));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
