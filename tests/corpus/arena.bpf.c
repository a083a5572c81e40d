// SPDX-License-Identifier: MIT OR GPL-2.0-only
// An arena whose place is given in 64 bits, with a variable in it.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 4);
	__ulong(map_extra, 0x3ull << 44);
} arena SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} rb SEC(".maps");

struct kept {
	__u32 pid;
	__u32 kept;
};

__u32 __arena kept SEC(".addr_space.1");

SEC("tp/sched/sched_process_exec")
int exec(void *ctx)
{
	struct kept e = { .pid = bpf_get_current_pid_tgid() >> 32 };

	kept = 23;
	e.kept = kept;
	bpf_ringbuf_output(&rb, &e, sizeof(e), 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
