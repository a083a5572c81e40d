// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A ring buffer and a perf buffer side by side.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct small { __u32 pid; __u32 one; };
struct large { __u64 pid; __u64 two; char text[32]; };

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 4);
} perf SEC(".maps");

SEC("tp/sched/sched_process_exec")
int by_ring(void *ctx)
{
	struct small small = { bpf_get_current_pid_tgid() >> 32, 1 };

	bpf_ringbuf_output(&ring, &small, sizeof(small), 0);
	return 0;
}

SEC("tp/sched/sched_process_exit")
int by_perf(void *ctx)
{
	struct large large = { bpf_get_current_pid_tgid() >> 32, 2, "perf" };

	bpf_perf_event_output(ctx, &perf, BPF_F_CURRENT_CPU, &large, sizeof(large));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
