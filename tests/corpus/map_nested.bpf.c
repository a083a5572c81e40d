// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A hash whose values hold structs in structs and arrays of structs.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct span_t { __u64 first_ns, last_ns; };
struct stats_t {
	struct span_t span;
	struct { __u32 count; __s32 balance; } by_kind[3];
	bool seen;
	enum { IDLE, BUSY, GONE } state;
};
struct owner_t { __u32 pid; __u32 group; };

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct owner_t);
	__type(value, struct stats_t);
} stats SEC(".maps");

SEC("tp/sched/sched_process_exec")
int collect(void *ctx)
{
	struct owner_t owner = { bpf_get_current_pid_tgid() >> 32, 7 };
	struct stats_t value = {};

	value.span.last_ns = 5;
	value.by_kind[1].count = 2;
	value.by_kind[2].balance = -9;
	value.seen = true;
	value.state = BUSY;
	bpf_map_update_elem(&stats, &owner, &value, BPF_ANY);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
