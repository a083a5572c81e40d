// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A system call with six arguments, by the kprobe that newer headers write for it.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

struct mapped {
	__u32 pid;
	__u64 length;
	__u64 offset;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} rb SEC(".maps");

SEC("ksyscall/mmap")
int BPF_KSYSCALL(map, unsigned long address, unsigned long length, unsigned long protection,
		 unsigned long flags, unsigned long fd, unsigned long offset)
{
	struct mapped e = { .pid = bpf_get_current_pid_tgid() >> 32, .length = length, .offset = offset };

	bpf_ringbuf_output(&rb, &e, sizeof(e), 0);
	return 0;
}

SEC("kretsyscall/mmap")
int BPF_KRETPROBE(mapped, long address)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
