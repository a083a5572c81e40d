// SPDX-License-Identifier: MIT OR GPL-2.0-only
// How many programs each user started: a number for each in a map, which user space reads meanwhile.
//   hello-map
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, __u32); /* user */
	__type(value, __u64);
} calls SEC(".maps");

SEC("tp/syscalls/sys_enter_execve")
int hello(void *ctx)
{
	__u32 user = bpf_get_current_uid_gid();
	__u64 none = 0, *count;

	/* Two CPUs may meet at a user's first call: whoever comes second finds the entry there. */
	bpf_map_update_elem(&calls, &user, &none, BPF_NOEXIST);
	count = bpf_map_lookup_elem(&calls, &user);
	if (count)
		__sync_fetch_and_add(count, 1);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
