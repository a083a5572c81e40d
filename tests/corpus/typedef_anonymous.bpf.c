// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A struct that only a typedef names.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

typedef struct {
	__u64 id;
	__u32 pid;
	struct {
		char text[8];
		__u16 pair[2];
	} inner;
} message_t;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} messages SEC(".maps");

SEC("raw_tracepoint/sched_process_exec")
int exec(void *ctx)
{
	message_t *m = bpf_ringbuf_reserve(&messages, sizeof(message_t), 0);

	if (!m)
		return 0;
	m->id = 1234567890123456789;
	m->pid = bpf_get_current_pid_tgid();
	__builtin_memcpy(m->inner.text, "typedef", 8);
	m->inner.pair[0] = 1;
	m->inner.pair[1] = 2;
	bpf_ringbuf_submit(m, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
