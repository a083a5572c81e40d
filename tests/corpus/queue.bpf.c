// SPDX-License-Identifier: MIT OR GPL-2.0-only
// One program puts work into a queue, another takes it out and reports it.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct work {
	__u32 pid;
	__u32 serial;
	char comm[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 64);
	__type(value, struct work);
} backlog SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16384);
} done SEC(".maps");

SEC("tp/sched/sched_process_exec")
int produce(void *ctx)
{
	struct work item = { .serial = 7 };

	item.pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(item.comm, sizeof(item.comm));
	bpf_map_push_elem(&backlog, &item, BPF_EXIST);
	return 0;
}

SEC("tp/sched/sched_process_exit")
int consume(void *ctx)
{
	struct work item;

	for (int i = 0; i < 64 && bpf_map_pop_elem(&backlog, &item) == 0; i++)
		bpf_ringbuf_output(&done, &item, sizeof(item), 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
