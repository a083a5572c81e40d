// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A packed record with bit fields, a 128-bit number, an unaligned pointer.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct __attribute__((packed)) wire {
	__u8 version : 4, length : 4;
	__u16 id;
	unsigned __int128 big;
	void *where;
	__u32 pid;
	bool last;
	__s8 level;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} out SEC(".maps");

SEC("tp/sched/sched_process_exec")
int send(void *ctx)
{
	struct wire wire = { .version = 4, .length = 5, .id = 60000, .last = true, .level = -3 };

	wire.big = (unsigned __int128)1 << 100;
	wire.where = (void *)0xffffffff81000000;
	wire.pid = bpf_get_current_pid_tgid() >> 32;
	bpf_ringbuf_output(&out, &wire, sizeof(wire), 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
