// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Ids of stacks in records of a perf buffer, of two maps, and whose they are as one number.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct call_event {
	__u64 pid_tgid;
	__s64 kstackid;
	__s64 ustackid;
	char comm[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 1024);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 100 * sizeof(__u64));
} kernel_stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 1024);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 100 * sizeof(__u64));
} user_stacks SEC(".maps");

SEC("tp/syscalls/sys_enter_getpgid")
int call(void *ctx)
{
	struct call_event event = {};

	event.pid_tgid = bpf_get_current_pid_tgid();
	event.kstackid = bpf_get_stackid(ctx, &kernel_stacks, 0);
	event.ustackid = bpf_get_stackid(ctx, &user_stacks, BPF_F_USER_STACK);
	bpf_get_current_comm(event.comm, sizeof(event.comm));
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
