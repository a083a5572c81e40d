// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The record is too large for the stack: it is made in a per-CPU array of one entry.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct data_t { __u32 pid, ppid; int retval; int args_count; char args[900]; };

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, struct data_t);
} heap SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 18);
} output SEC(".maps");

SEC("tp/sched/sched_process_exec")
int trace(struct trace_event_raw_sched_process_exec *ctx)
{
	int zero = 0;
	struct data_t *data = bpf_map_lookup_elem(&heap, &zero);

	if (!data)
		return 0;
	data->pid = bpf_get_current_pid_tgid() >> 32;
	data->args_count = 2;
	bpf_probe_read_kernel_str(data->args, sizeof(data->args),
				  (void *)ctx + (ctx->__data_loc_filename & 0xffff));
	bpf_ringbuf_output(&output, data, sizeof(*data), 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
