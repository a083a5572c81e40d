// SPDX-License-Identifier: MIT OR GPL-2.0-only
// What a function returned and how long it took: any function, of the kernel or of a program.
// Which one is not said here; main.cpp hangs both programs where it is told.
//   function-latency vfs_read
//   function-latency libc.so.6:malloc
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "skep/columns.bpf.h"
#include "skep/stream.bpf.h"

struct call {
	__u32 pid;
	char comm[16];
	__s64 returned;
	skep_duration_ns_t took;
};

SKEP_STREAM(calls, struct call, 1024 * 1024);

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, __u32); /* thread: of a recursion, the innermost call */
	__type(value, __u64);
} starts SEC(".maps");

__u64 missed; /* calls that found no room in either */

SEC("kprobe")
int on_entry(void *ctx)
{
	__u32 thread = bpf_get_current_pid_tgid();
	__u64 now = bpf_ktime_get_ns();

	if (bpf_map_update_elem(&starts, &thread, &now, BPF_ANY))
		__sync_fetch_and_add(&missed, 1);
	return 0;
}

SEC("kretprobe")
int on_return(struct pt_regs *ctx)
{
	__u64 id = bpf_get_current_pid_tgid(), now = bpf_ktime_get_ns();
	__u32 thread = id;
	__u64 *start = bpf_map_lookup_elem(&starts, &thread);
	struct call *call;

	if (!start) /* it began before us */
		return 0;
	call = skep_reserve(calls);
	if (call) {
		call->pid = id >> 32;
		bpf_get_current_comm(call->comm, sizeof(call->comm));
		call->returned = PT_REGS_RC(ctx);
		call->took = now - *start;
		skep_submit(call);
	} else {
		__sync_fetch_and_add(&missed, 1);
	}
	bpf_map_delete_elem(&starts, &thread);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
