// SPDX-License-Identifier: MIT OR GPL-2.0-only
// What becomes of the TCP connections of a control group's processes: each operation that the kernel
// asks about, by its name.
//   skep run sockops.bpf.c --cgroup GROUP
#include "vmlinux.h"
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "skep/stream.bpf.h"

enum operation {
	timeout_init = BPF_SOCK_OPS_TIMEOUT_INIT,
	rwnd_init = BPF_SOCK_OPS_RWND_INIT,
	connect = BPF_SOCK_OPS_TCP_CONNECT_CB,
	active_established = BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB,
	passive_established = BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB,
	needs_ecn = BPF_SOCK_OPS_NEEDS_ECN,
	base_rtt = BPF_SOCK_OPS_BASE_RTT,
	timeout = BPF_SOCK_OPS_RTO_CB,
	retransmitted = BPF_SOCK_OPS_RETRANS_CB,
	state = BPF_SOCK_OPS_STATE_CB,
	listen = BPF_SOCK_OPS_TCP_LISTEN_CB,
	rtt = BPF_SOCK_OPS_RTT_CB,
};

struct event {
	enum operation operation;
	__u32 local_port; /* host byte order, both */
	__u32 remote_port;
};

SKEP_STREAM(events, struct event, 64 * 1024);

SEC("sockops")
int on_operation(struct bpf_sock_ops *ops)
{
	struct event *event = skep_reserve(events);

	if (event) {
		event->operation = ops->op;
		event->local_port = ops->local_port;
		event->remote_port = bpf_ntohl(ops->remote_port);
		skep_submit(event);
	}
	if (ops->op == BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB ||
	    ops->op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB)
		bpf_sock_ops_cb_flags_set(ops, BPF_SOCK_OPS_STATE_CB_FLAG);
	return 1;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
