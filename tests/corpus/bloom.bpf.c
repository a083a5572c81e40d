// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A Bloom filter before the report: each process is told once, however often it is seen.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct first_seen {
	__u32 pid;
	bool by_exec;
	bool again;
};

struct {
	__uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
	__uint(max_entries, 65536);
	__uint(value_size, sizeof(__u32));
	__uint(map_extra, 3);
} known SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(int));
	__uint(value_size, sizeof(int));
} out SEC(".maps");

static __always_inline int tell(void *ctx, bool by_exec)
{
	__u32 pid = bpf_get_current_pid_tgid() >> 32;
	struct first_seen seen = { .pid = pid, .by_exec = by_exec };

	if (bpf_map_peek_elem(&known, &pid) == 0)
		return 0;
	bpf_map_push_elem(&known, &pid, BPF_ANY);
	seen.again = bpf_map_peek_elem(&known, &pid) == 0;
	bpf_perf_event_output(ctx, &out, BPF_F_CURRENT_CPU, &seen, sizeof(seen));
	return 0;
}

SEC("tracepoint/sched/sched_process_exec")
int on_exec(void *ctx)
{
	return tell(ctx, true);
}

SEC("tracepoint/sched/sched_process_exit")
int on_exit(void *ctx)
{
	return tell(ctx, false);
}

char LICENSE[] SEC("license") = "GPL";
