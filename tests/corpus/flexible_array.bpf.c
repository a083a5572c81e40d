// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A flexible array at the end, of structs.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct pair_of { __u16 key; __s16 value; };
struct pairs_of {
	__u32 pid;
	__u32 count;
	struct pair_of list[];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} rb SEC(".maps");

SEC("tp/sched/sched_process_exec")
int fill(void *ctx)
{
	struct pairs_of *s = bpf_ringbuf_reserve(&rb, sizeof(*s) + 3 * sizeof(s->list[0]), 0);

	if (!s)
		return 0;
	s->pid = bpf_get_current_pid_tgid() >> 32;
	s->count = 3;
	for (int i = 0; i < 3; i++) {
		s->list[i].key = i;
		s->list[i].value = -10 * i;
	}
	bpf_ringbuf_submit(s, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
