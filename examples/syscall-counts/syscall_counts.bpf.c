// SPDX-License-Identifier: MIT OR GPL-2.0-only
// System calls, counted by user or by number; or only those that open and write files, by two
// programs that share the map. main.cpp decides which programs are loaded at all.
//   syscall-counts users
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

const volatile bool by_number = false; /* instead of by user */
const volatile __u32 target_pid = 0; /* 0: of all processes */

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, __u32); /* user, or system call */
	__type(value, __u64);
} counts SEC(".maps");

static __always_inline int count(__u32 key)
{
	__u64 one = 1, *count;

	if (target_pid && bpf_get_current_pid_tgid() >> 32 != target_pid)
		return 0;
	count = bpf_map_lookup_elem(&counts, &key);
	if (count)
		__sync_fetch_and_add(count, 1);
	else if (bpf_map_update_elem(&counts, &key, &one, BPF_NOEXIST))
		/* Another CPU was faster, or the map is full. */
		if ((count = bpf_map_lookup_elem(&counts, &key)))
			__sync_fetch_and_add(count, 1);
	return 0;
}

/* A raw tracepoint hands out what the kernel has: args[0] the registers, args[1] the number. */
SEC("raw_tp/sys_enter")
int on_any(struct bpf_raw_tracepoint_args *ctx)
{
	return count(by_number ? ctx->args[1] : bpf_get_current_uid_gid());
}

SEC("tp/syscalls/sys_enter_openat")
int on_open(void *ctx)
{
	return count(bpf_get_current_uid_gid());
}

SEC("tp/syscalls/sys_enter_write")
int on_write(void *ctx)
{
	return count(bpf_get_current_uid_gid());
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
