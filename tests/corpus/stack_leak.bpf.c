// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Blocks that were allocated, by the stack that did it; the process is the one that is watched.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct alloc_info {
	__u64 size;
	__u64 timestamp_ns;
	int stack_id;
};

struct combined_alloc_info {
	__u64 total_size;
	__u64 number_of_allocs;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 10240);
} sizes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u64);
	__type(value, struct alloc_info);
	__uint(max_entries, 10240);
} allocs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u64);
	__type(value, struct combined_alloc_info);
	__uint(max_entries, 10240);
} combined_allocs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 1024);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 64 * sizeof(__u64));
} stack_traces SEC(".maps");

SEC("uprobe")
int BPF_KPROBE(alloc_enter, unsigned long size)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct combined_alloc_info fresh = {}, *combined;
	struct alloc_info info = {};
	__u64 address = size * 16, stack;

	info.size = size;
	info.timestamp_ns = bpf_ktime_get_ns();
	info.stack_id = bpf_get_stackid(ctx, &stack_traces, BPF_F_USER_STACK);
	bpf_map_update_elem(&allocs, &address, &info, BPF_ANY);
	bpf_map_update_elem(&sizes, &tid, &info.size, BPF_ANY);
	stack = info.stack_id;
	bpf_map_update_elem(&combined_allocs, &stack, &fresh, BPF_NOEXIST);
	combined = bpf_map_lookup_elem(&combined_allocs, &stack);
	if (combined) {
		__sync_fetch_and_add(&combined->total_size, size);
		__sync_fetch_and_add(&combined->number_of_allocs, 1);
	}
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
