// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Orders come from user space by a user ring buffer: here from nobody, so that none is drained.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct order {
	__u32 what;
	__u32 whom;
};

struct report {
	__u32 pid;
	int drained;
	__u32 last_order;
};

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} orders SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} reports SEC(".maps");

static long on_order(struct bpf_dynptr *dynptr, void *context)
{
	struct report *report = context;
	const struct order *order = bpf_dynptr_data(dynptr, 0, sizeof(*order));

	if (order)
		report->last_order = order->what;
	return 0;
}

SEC("tp/sched/sched_process_exec")
int exec(void *ctx)
{
	struct report report = { .pid = bpf_get_current_pid_tgid() >> 32 };

	report.drained = bpf_user_ringbuf_drain(&orders, on_order, &report, 0);
	bpf_ringbuf_output(&reports, &report, sizeof(report), 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
