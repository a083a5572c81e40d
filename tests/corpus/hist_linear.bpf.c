// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Counts by steps of its author's choice, as annotations say: how many bytes each command asks to write
// at a time, and how many the most.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <skep/annotations.bpf.h>

#define STEPS 10
#define STEP 512

struct command {
	char comm[16];
};

struct sizes {
	__u32 counts[STEPS] SKEP_LINEAR("bytes", 0, 512);
	__u64 largest SKEP_UNIT("bytes") SKEP_ABOUT("the largest of them");
	__u32 calls SKEP_UNIT("writes");
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct command);
	__type(value, struct sizes);
} writes SEC(".maps") SKEP_ABOUT("by command");

static struct sizes empty SKEP_HIDDEN;

SEC("tracepoint/syscalls/sys_enter_write")
int on_write(struct trace_event_raw_sys_enter *ctx)
{
	struct command command = {};
	struct sizes *sizes;
	__u64 size = ctx->args[2], slot = size / STEP;

	bpf_get_current_comm(command.comm, sizeof(command.comm));
	bpf_map_update_elem(&writes, &command, &empty, BPF_NOEXIST);
	sizes = bpf_map_lookup_elem(&writes, &command);
	if (!sizes)
		return 0;
	__sync_fetch_and_add(&sizes->calls, 1);
	if (size > sizes->largest)
		sizes->largest = size;
	if (slot >= STEPS)
		slot = STEPS - 1;
	__sync_fetch_and_add(&sizes->counts[slot], 1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
