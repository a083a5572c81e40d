// A ring: records reserved, filled, submitted or dropped.
#include "oracle.h"

struct event {
	__u32 pid;
	char comm[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} events SEC(".maps");

SEC("raw_tp/sys_enter")
int use(void *ctx)
{
	struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event)
		return 0;
	event->pid = bpf_get_current_pid_tgid() >> 32;
	if (bpf_get_current_comm(event->comm, sizeof(event->comm)))
		bpf_ringbuf_discard(event, 0);
	else
		bpf_ringbuf_submit(event, 1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
