// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A per-CPU hash of structs: starts and ends of each process, added up over the CPUs.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct totals {
	__u64 starts;
	__u64 ends;
	__u64 weight;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_PERCPU_HASH);
	__uint(max_entries, 65536);
	__type(key, __u32);
	__type(value, struct totals);
} processes SEC(".maps");

static __always_inline void add(__u64 starts, __u64 ends)
{
	__u32 pid = bpf_get_current_pid_tgid() >> 32;
	struct totals fresh = { starts, ends, 100 }, *known;

	known = bpf_map_lookup_elem(&processes, &pid);
	if (!known) {
		bpf_map_update_elem(&processes, &pid, &fresh, BPF_NOEXIST);
		return;
	}
	known->starts += starts;
	known->ends += ends;
	known->weight += 100;
}

SEC("tp_btf/sched_process_exec")
int on_exec(__u64 *ctx)
{
	add(1, 0);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int on_exit(__u64 *ctx)
{
	add(0, 1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
