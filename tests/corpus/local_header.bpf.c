// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Its types, maps and helpers stand in a header beside it, as in most projects.
#include "local_header.h"
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(int));
	__uint(value_size, sizeof(int));
} events SEC(".maps");

SEC("raw_tp/sched_process_exec")
int exec(void *ctx)
{
	struct started event = {};

	fill_started(&event);
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
