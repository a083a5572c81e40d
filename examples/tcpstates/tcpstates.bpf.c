// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Every TCP connection from state to state, and how long it was in the one it leaves: IPv4 and
// IPv6. No process is named: most of it happens in interrupts, whoever may be running then.
//   skep run tcpstates.bpf.c
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "skep/columns.bpf.h"
#include "skep/stream.bpf.h"

#define AF_INET 2

enum tcp_state {
	ESTABLISHED = TCP_ESTABLISHED,
	SYN_SENT = TCP_SYN_SENT,
	SYN_RECV = TCP_SYN_RECV,
	FIN_WAIT1 = TCP_FIN_WAIT1,
	FIN_WAIT2 = TCP_FIN_WAIT2,
	TIME_WAIT = TCP_TIME_WAIT,
	CLOSE = TCP_CLOSE,
	CLOSE_WAIT = TCP_CLOSE_WAIT,
	LAST_ACK = TCP_LAST_ACK,
	LISTEN = TCP_LISTEN,
	CLOSING = TCP_CLOSING,
};

struct transition {
	char source[40];
	__u16 source_port; /* host byte order, both */
	char dest[40];
	__u16 dest_port;
	enum tcp_state from, to;
	skep_duration_ns_t lasted; /* 0: it is new */
};

SKEP_STREAM(transitions, struct transition, 256 * 1024);

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, const void *); /* socket */
	__type(value, __u64);      /* since when, in nanoseconds */
} since SEC(".maps");

static __always_inline void report(struct trace_event_raw_inet_sock_set_state *ctx, __u64 lasted)
{
	struct transition *transition = skep_reserve(transitions);

	if (!transition)
		return;
	transition->source_port = ctx->sport; /* the tracepoint has turned them already */
	transition->dest_port = ctx->dport;
	transition->from = ctx->oldstate;
	transition->to = ctx->newstate;
	transition->lasted = lasted;
	if (ctx->family == AF_INET) {
		BPF_SNPRINTF(transition->source, sizeof(transition->source), "%pI4", ctx->saddr);
		BPF_SNPRINTF(transition->dest, sizeof(transition->dest), "%pI4", ctx->daddr);
	} else {
		BPF_SNPRINTF(transition->source, sizeof(transition->source), "%pI6", ctx->saddr_v6);
		BPF_SNPRINTF(transition->dest, sizeof(transition->dest), "%pI6", ctx->daddr_v6);
	}
	skep_submit(transition);
}

SEC("tp/sock/inet_sock_set_state")
int on_state(struct trace_event_raw_inet_sock_set_state *ctx)
{
	const void *socket = ctx->skaddr;
	__u64 now = bpf_ktime_get_ns(), *then;

	if (ctx->protocol != IPPROTO_TCP)
		return 0;
	then = bpf_map_lookup_elem(&since, &socket);
	report(ctx, then ? now - *then : 0);
	if (ctx->newstate == TCP_CLOSE)
		bpf_map_delete_elem(&since, &socket);
	else
		bpf_map_update_elem(&since, &socket, &now, BPF_ANY);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
