// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A perf buffer, and a record that is made on the stack.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct data_t {
	__u32 pid;
	__u32 uid;
	char comm[16];
	__u64 answer;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} events SEC(".maps");

SEC("tracepoint/sched/sched_process_exec")
int trace_exec(void *ctx)
{
	struct data_t data = {};

	data.pid = bpf_get_current_pid_tgid() >> 32;
	data.uid = bpf_get_current_uid_gid();
	bpf_get_current_comm(&data.comm, sizeof(data.comm));
	data.answer = 42;
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &data, sizeof(data));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
