// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A record too large for the stack, made in the one value of a per-CPU array and sent as far as it is
// filled; a start time in a map of its own.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct event {
	pid_t pid;
	int answer;
	char words[2000];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, struct event);
} heap SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(u32));
	__uint(value_size, sizeof(u32));
} events SEC(".maps");

SEC("tracepoint/sched/sched_process_exec")
int exec(struct trace_event_raw_sched_process_exec *ctx)
{
	int zero = 0, length;
	struct event *e = bpf_map_lookup_elem(&heap, &zero);

	if (!e)
		return 0;
	e->pid = bpf_get_current_pid_tgid() >> 32;
	e->answer = 42;
	length = bpf_probe_read_kernel_str(e->words, sizeof(e->words),
					   (void *)ctx + (ctx->__data_loc_filename & 0xffff));
	if (length < 0 || length > sizeof(e->words))
		return 0;
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, e,
			      __builtin_offsetof(struct event, words) + length);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
