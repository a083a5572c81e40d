// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The map says what its records are.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct record {
	__u32 pid;
	bool yes;
	char pad[3];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
	__type(value, struct record);
} records SEC(".maps");

SEC("tp/sched/sched_process_exec")
int exec(void *ctx)
{
	struct record r = { .pid = bpf_get_current_pid_tgid() >> 32, .yes = true };

	bpf_ringbuf_output(&records, &r, sizeof(r), 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
