// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Counts the calls of execve, whatever the kernel calls the function behind it here.
//   skep run execve_count.bpf.c
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} calls SEC(".maps");

SEC("ksyscall/execve")
int on_execve(struct pt_regs *ctx)
{
	__u32 first = 0;
	__u64 *count = bpf_map_lookup_elem(&calls, &first);

	if (count)
		__sync_fetch_and_add(count, 1);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
