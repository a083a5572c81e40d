// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A ring buffer that nothing describes: the record is what a local pointer points to.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

enum stage { started = 1, ended = 7 };

struct event {
	__u32 pid;
	enum stage stage;
	char comm[16];
	__u64 low : 3, high : 61;
	struct {
		short x, y;
	} corner[2];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} rb SEC(".maps");

SEC("tp/sched/sched_process_exec")
int handle_exec(void *ctx)
{
	struct event *e = bpf_ringbuf_reserve(&rb, sizeof(*e), 0);

	if (!e)
		return 0;
	e->pid = bpf_get_current_pid_tgid() >> 32;
	e->stage = ended;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	e->low = 5;
	e->high = 1234567;
	for (int i = 0; i < 2; i++) {
		e->corner[i].x = i;
		e->corner[i].y = -i;
	}
	bpf_ringbuf_submit(e, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
