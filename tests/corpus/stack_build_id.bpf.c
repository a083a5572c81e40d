// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Stacks of user space by build ids: where the process has ended when somebody looks, its files have not.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#define MAX_STACK_DEPTH 32

struct stack_key {
	__u32 tgid;
	int user_stack_id;
};

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_STACK_BUILD_ID);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, MAX_STACK_DEPTH * sizeof(struct bpf_stack_build_id));
} stackmap SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct stack_key);
	__type(value, __u64);
} calls SEC(".maps");

SEC("tp/syscalls/sys_enter_getpgid")
int count(void *ctx)
{
	struct stack_key key = { .tgid = bpf_get_current_pid_tgid() >> 32 };
	__u64 one = 1, *known;

	key.user_stack_id = bpf_get_stackid(ctx, &stackmap, BPF_F_USER_STACK);
	known = bpf_map_lookup_elem(&calls, &key);
	if (known)
		__sync_fetch_and_add(known, 1);
	else
		bpf_map_update_elem(&calls, &key, &one, BPF_NOEXIST);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
