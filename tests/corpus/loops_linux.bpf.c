// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The same with the kernel's headers for user space, which know no iterators before 6.4; and with headers
// of glibc, which ask for gnu/stubs-32.h.
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <linux/bpf.h>
#include <linux/types.h>
#include <netinet/in.h>
#include <bpf/bpf_helpers.h>

struct sent {
	pid_t pid;
	uint8_t protocol;
	int32_t error;
	bool found;
	uint16_t squares;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} rb SEC(".maps");

const struct sent *unused __attribute__((unused));

SEC("tp/sched/sched_process_exec")
int exec(void *ctx)
{
	struct sent *e = bpf_ringbuf_reserve(&rb, sizeof(*e), 0);
	int i;

	if (!e)
		return 0;
	__builtin_memset(e, 0, sizeof(*e));
	e->pid = bpf_get_current_pid_tgid() >> 32;
	e->protocol = IPPROTO_TCP;
	e->error = -ENOENT;
	e->found = true;
	bpf_for(i, 1, 4)
		e->squares += i * i;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
