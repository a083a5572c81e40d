// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A hash of processes for each half of the day, chosen at run time: maps in an array of maps.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct inner_counts {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, __u32);
	__type(value, __u64);
} first SEC(".maps"), second SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__uint(key_size, sizeof(__u32));
	__array(values, struct inner_counts);
} halves SEC(".maps") = {
	.values = { &first, &second },
};

SEC("tp/sched/sched_process_exec")
int count(void *ctx)
{
	__u32 pid = bpf_get_current_pid_tgid() >> 32, which = 1;
	__u64 one = 1, *known;
	void *inner;

	inner = bpf_map_lookup_elem(&halves, &which);
	if (!inner)
		return 0;
	known = bpf_map_lookup_elem(inner, &pid);
	if (known)
		__sync_fetch_and_add(known, 1);
	else
		bpf_map_update_elem(inner, &pid, &one, BPF_NOEXIST);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
