// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Counts the packets that the processes of a control group send. None is dropped.
//   skep run cgroup_egress.bpf.c --cgroup GROUP
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} packets SEC(".maps");

SEC("cgroup_skb/egress")
int count(struct __sk_buff *skb)
{
	__u32 first = 0;
	__u64 *packet_count = bpf_map_lookup_elem(&packets, &first);

	if (packet_count)
		__sync_fetch_and_add(packet_count, 1);
	return 1; /* let it go */
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
