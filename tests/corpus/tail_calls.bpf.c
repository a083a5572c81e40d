// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A pipeline: programs in a prog array that is filled where it is declared; the last one sends the record.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

enum stage { STAGE_FILL, STAGE_SEND, STAGE_MAX };

struct exec_t {
	__u32 pid;
	__u32 uid;
	__u32 stages;
	char comm[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct exec_t);
} heap SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} events SEC(".maps");

int stage_fill(void *ctx);
int stage_send(void *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, STAGE_MAX);
	__uint(key_size, sizeof(__u32));
	__array(values, int(void *));
} stages SEC(".maps") = {
	.values = {
		[STAGE_FILL] = (void *)&stage_fill,
		[STAGE_SEND] = (void *)&stage_send,
	},
};

static __always_inline struct exec_t *get_heap(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&heap, &zero);
}

SEC("raw_tracepoint")
int stage_send(void *ctx)
{
	struct exec_t *e = get_heap();

	if (!e)
		return 0;
	e->stages++;
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, e, sizeof(*e));
	return 0;
}

SEC("raw_tracepoint")
int stage_fill(void *ctx)
{
	struct exec_t *e = get_heap();

	if (!e)
		return 0;
	e->pid = bpf_get_current_pid_tgid() >> 32;
	e->uid = bpf_get_current_uid_gid();
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	e->stages++;
	bpf_tail_call(ctx, &stages, STAGE_SEND);
	return 0;
}

SEC("raw_tracepoint/sched_process_exec")
int start(void *ctx)
{
	struct exec_t *e = get_heap();

	if (e)
		e->stages = 1;
	bpf_tail_call(ctx, &stages, STAGE_FILL);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
