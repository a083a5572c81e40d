// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Connections of a control group as they are made: the two ends, told apart by who asked.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

enum side { ACTIVE = 4, PASSIVE = 5 };

struct established {
	enum side side;
	__u32 family;
	__be32 saddr;
	__be32 daddr;
	__u16 sport; /* in the machine's order */
	__be16 dport;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} connections SEC(".maps");

SEC("sockops")
int on_state(struct bpf_sock_ops *ops)
{
	struct established *e;
	__u32 op = ops->op;

	if (op != BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB && op != BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB)
		return 1;
	e = bpf_ringbuf_reserve(&connections, sizeof(*e), 0);
	if (!e)
		return 1;
	e->side = op;
	e->family = ops->family;
	e->saddr = ops->local_ip4;
	e->daddr = ops->remote_ip4;
	e->sport = ops->local_port;
	e->dport = ops->remote_port >> 16;
	bpf_ringbuf_submit(e, 0);
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
