// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The last stack of each process on each CPU: ids of stacks in per-CPU values, which are no sums.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct who {
	__u32 pid;
};

struct last_seen {
	__u64 calls;
	__s32 ustack_id;
	__u32 unused;
};

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 4096);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 127 * sizeof(__u64));
} stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct who);
	__type(value, struct last_seen);
} by_pid SEC(".maps");

SEC("tp/syscalls/sys_enter_getpgid")
int remember(void *ctx)
{
	struct who who = { bpf_get_current_pid_tgid() >> 32 };
	struct last_seen fresh = {}, *last;

	bpf_map_update_elem(&by_pid, &who, &fresh, BPF_NOEXIST);
	last = bpf_map_lookup_elem(&by_pid, &who);
	if (!last)
		return 0;
	last->calls++;
	last->ustack_id = bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
