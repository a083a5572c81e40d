// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Two types of one size in a perf buffer: the first byte says which.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct opened { __u8 type; __u8 flags; __u16 port; __u32 pid; char comm[16]; };
struct closed { __u8 type; __u8 reason; __u16 code; __u32 pid; __u64 bytes, packets; };

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(int));
	__uint(value_size, sizeof(int));
} perf SEC(".maps");

SEC("tracepoint/sched/sched_process_exec")
int on_exec(void *ctx)
{
	struct opened event = { .type = 10, .flags = 3, .port = 443 };

	event.pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(event.comm, sizeof(event.comm));
	bpf_perf_event_output(ctx, &perf, BPF_F_CURRENT_CPU, &event, sizeof(event));
	return 0;
}

SEC("tracepoint/sched/sched_process_exit")
int on_exit(void *ctx)
{
	struct closed event = { .type = 20, .reason = 1, .code = 500, .bytes = 1 << 20, .packets = 12 };

	event.pid = bpf_get_current_pid_tgid() >> 32;
	bpf_perf_event_output(ctx, &perf, BPF_F_CURRENT_CPU, &event, sizeof(event));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
