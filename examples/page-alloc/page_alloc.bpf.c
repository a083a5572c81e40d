// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Counts the allocations of pages by their size: 2 to the power of the order.
//   skep run page_alloc.bpf.c
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#define ORDERS 16

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, ORDERS);
	__type(key, __u32);
	__type(value, __u64);
} allocations SEC(".maps");

SEC("tp/kmem/mm_page_alloc")
int on_allocation(struct trace_event_raw_mm_page_alloc *event)
{
	__u32 order = event->order;
	__u64 *count = bpf_map_lookup_elem(&allocations, &order);

	if (count)
		++*count; /* this CPU's own */
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
