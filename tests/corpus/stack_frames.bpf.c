// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The same within records of a perf buffer: build ids and places in files, and how many bytes of them.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct traced {
	__u32 pid;
	int user_stack_size;
	struct bpf_stack_build_id user_stack[24];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct traced);
} heap SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} traces SEC(".maps");

SEC("tp/syscalls/sys_enter_getpgid")
int trace(void *ctx)
{
	__u32 zero = 0;
	struct traced *e = bpf_map_lookup_elem(&heap, &zero);

	if (!e)
		return 0;
	e->pid = bpf_get_current_pid_tgid() >> 32;
	e->user_stack_size = bpf_get_stack(ctx, e->user_stack, sizeof(e->user_stack), BPF_F_USER_STACK | BPF_F_USER_BUILD_ID);
	bpf_perf_event_output(ctx, &traces, BPF_F_CURRENT_CPU, e, sizeof(*e));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
