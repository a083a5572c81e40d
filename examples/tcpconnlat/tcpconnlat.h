/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What both ways of measuring share: who is connecting since when, and the record. */
#ifndef TCPCONNLAT_H
#define TCPCONNLAT_H

#include "vmlinux.h"
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "skep/columns.bpf.h"
#include "skep/stream.bpf.h"

#define AF_INET 2

struct connection {
	__u32 pid;
	char comm[16];
	char source[40];
	__u16 source_port; /* host byte order, both */
	char dest[40];
	__u16 dest_port;
	skep_duration_ns_t latency; /* from the SYN to its answer */
};

SKEP_STREAM(connections, struct connection, 64 * 1024);

struct start {
	__u64 time; /* nanoseconds */
	__u32 pid;
	char comm[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, const struct sock *);
	__type(value, struct start);
} starts SEC(".maps");

/* The process that connects: by the time of the answer, any other may be running. */
static __always_inline int begin(const struct sock *socket)
{
	const struct sock *key = socket;
	struct start start = {.time = bpf_ktime_get_ns()};

	start.pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(start.comm, sizeof(start.comm));
	bpf_map_update_elem(&starts, &key, &start, BPF_ANY);
	return 0;
}

static __always_inline void put_addresses(struct connection *connection, const struct sock *socket)
{
	const struct sock_common *common = &socket->__sk_common;

	connection->source_port = common->skc_num; /* in host byte order, unlike the other */
	connection->dest_port = bpf_ntohs(common->skc_dport);
	if (common->skc_family == AF_INET) {
		__be32 source = common->skc_rcv_saddr, dest = common->skc_daddr;

		BPF_SNPRINTF(connection->source, sizeof(connection->source), "%pI4", &source);
		BPF_SNPRINTF(connection->dest, sizeof(connection->dest), "%pI4", &dest);
	} else {
		struct in6_addr source = common->skc_v6_rcv_saddr, dest = common->skc_v6_daddr;

		BPF_SNPRINTF(connection->source, sizeof(connection->source), "%pI6", &source);
		BPF_SNPRINTF(connection->dest, sizeof(connection->dest), "%pI6", &dest);
	}
}

static __always_inline int answered(const struct sock *socket)
{
	const struct sock *key = socket; /* what a helper was given the address of is a mere number then */
	struct start *start = bpf_map_lookup_elem(&starts, &key);
	struct connection *connection;

	if (!start)
		return 0;
	connection = skep_reserve(connections);
	if (connection) {
		connection->latency = bpf_ktime_get_ns() - start->time;
		connection->pid = start->pid;
		__builtin_memcpy(connection->comm, start->comm, sizeof(connection->comm));
		put_addresses(connection, socket);
		skep_submit(connection);
	}
	bpf_map_delete_elem(&starts, &key);
	return 0;
}

#endif
