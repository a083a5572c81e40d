// SPDX-License-Identifier: MIT OR GPL-2.0-only
// bpf_loop(): the callback fills a record that lies on the stack of the function which calls it.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct series {
	__u32 pid;
	__u32 rounds;
	__u64 sum;
	__u8 first[4];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8192);
} rb SEC(".maps");

static long step(__u64 index, void *context)
{
	struct series *series = context;

	series->rounds++;
	series->sum += index;
	if (index < 4)
		series->first[index] = index * 11;
	return index == 99;
}

SEC("raw_tp/sched_process_exec")
int exec(void *ctx)
{
	struct series series = {};

	series.pid = bpf_get_current_pid_tgid() >> 32;
	bpf_loop(1 << 20, step, &series, 0);
	bpf_ringbuf_output(&rb, &series, sizeof(series), BPF_RB_FORCE_WAKEUP);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
