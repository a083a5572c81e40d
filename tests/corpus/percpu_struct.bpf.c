// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Per-CPU counters in a struct: the sum over all CPUs is what counts.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct datarec { __u64 rx_packets; __u64 rx_bytes; };

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 65536);
	__type(key, __u32);
	__type(value, struct datarec);
} xdp_stats_map SEC(".maps");

SEC("tp/sched/sched_process_exec")
int count(void *ctx)
{
	__u32 pid = bpf_get_current_pid_tgid() >> 32;
	struct datarec one = { 1, 1500 }, *rec;

	rec = bpf_map_lookup_elem(&xdp_stats_map, &pid);
	if (!rec) {
		bpf_map_update_elem(&xdp_stats_map, &pid, &one, BPF_ANY);
		return 0;
	}
	rec->rx_packets++;
	rec->rx_bytes += 1500;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
