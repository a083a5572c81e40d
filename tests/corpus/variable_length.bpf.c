// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A head, and as much of a text behind it as there is: sent only as far as filled.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct execve_event {
	__u32 pid;
	__u32 filename_len;
	char filename[256];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct execve_event);
} scratch SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 4);
} events SEC(".maps");

SEC("tp/sched/sched_process_exec")
int handle(struct trace_event_raw_sched_process_exec *ctx)
{
	__u32 zero = 0;
	struct execve_event *event = bpf_map_lookup_elem(&scratch, &zero);
	long length;

	if (!event)
		return 0;
	event->pid = bpf_get_current_pid_tgid() >> 32;
	length = bpf_probe_read_kernel_str(event->filename, sizeof(event->filename),
					   (void *)ctx + (ctx->__data_loc_filename & 0xffff));
	if (length < 0 || length > sizeof(event->filename))
		return 0;
	event->filename_len = 3;
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, event,
			      __builtin_offsetof(struct execve_event, filename) + (length & 0xff));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
