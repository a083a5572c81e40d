// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Counts by powers of two, a histogram for each command: how many bytes each asks to write.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#define MAX_SLOTS 27

struct command {
	char comm[16];
};

struct hist {
	__u32 slots[MAX_SLOTS];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct command);
	__type(value, struct hist);
} hists SEC(".maps");

static struct hist empty;

static __always_inline __u32 log2l(__u64 value)
{
	__u32 slot = 0;

	for (int i = 0; i < MAX_SLOTS - 1 && value > 1; i++) {
		value >>= 1;
		slot++;
	}
	return slot;
}

SEC("tracepoint/syscalls/sys_enter_write")
int on_write(struct trace_event_raw_sys_enter *ctx)
{
	struct command command = {};
	struct hist *hist;
	__u32 slot = log2l(ctx->args[2]);

	bpf_get_current_comm(command.comm, sizeof(command.comm));
	hist = bpf_map_lookup_elem(&hists, &command);
	if (!hist) {
		bpf_map_update_elem(&hists, &command, &empty, BPF_NOEXIST);
		hist = bpf_map_lookup_elem(&hists, &command);
	}
	if (hist && slot < MAX_SLOTS)
		__sync_fetch_and_add(&hist->slots[slot], 1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
