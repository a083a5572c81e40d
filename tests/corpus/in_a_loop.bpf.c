// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Records are sent out of a loop, and only on some of the ways.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct step { __u32 pid; __u32 number; __u64 square; };

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} steps SEC(".maps");

const volatile int rounds = 4;

SEC("tp/sched/sched_process_exec")
int exec(void *ctx)
{
	for (int i = 0; i < rounds && i < 16; i++) {
		struct step *step;

		if (i % 2)
			continue;
		step = bpf_ringbuf_reserve(&steps, sizeof(*step), 0);
		if (!step)
			break;
		step->pid = bpf_get_current_pid_tgid() >> 32;
		step->number = i;
		step->square = i * i;
		if (i == 0)
			bpf_ringbuf_discard(step, 0);
		else
			bpf_ringbuf_submit(step, 0);
	}
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
