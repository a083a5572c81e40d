// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A probe that the authors of a program put there (USDT): Python's, when it collects garbage.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/usdt.bpf.h>

struct collection {
	__u32 pid;
	int generation;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16384);
} rb SEC(".maps");

SEC("usdt//usr/bin/python3:python:gc__start")
int BPF_USDT(on_start, int generation)
{
	struct collection *e = bpf_ringbuf_reserve(&rb, sizeof(*e), 0);

	if (!e)
		return 0;
	e->pid = bpf_get_current_pid_tgid() >> 32;
	e->generation = generation;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
