// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A record reserved by a dynptr and written from the stack.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct taken {
	__u32 pid;
	__u32 cpu;
	char name[8];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} samples SEC(".maps");

SEC("tp/sched/sched_process_exec")
int exec(void *ctx)
{
	struct taken sample = { .cpu = 77, .name = "dynptr" };
	struct bpf_dynptr pointer;

	sample.pid = bpf_get_current_pid_tgid() >> 32;
	if (bpf_ringbuf_reserve_dynptr(&samples, sizeof(sample), 0, &pointer) == 0)
		bpf_dynptr_write(&pointer, 0, &sample, sizeof(sample), 0);
	bpf_ringbuf_submit_dynptr(&pointer, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
