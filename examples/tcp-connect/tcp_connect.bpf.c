// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Connections that this machine opens over IPv4, and those that it closes.
//   skep run tcp_connect.bpf.c
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "skep/stream.bpf.h"

#define AF_INET 2

enum what { opens, closes };

struct connection {
	enum what what;
	char comm[16];
	__u8 source[4]; /* addresses as they are written */
	__u16 source_port;
	__u8 dest[4];
	__u16 dest_port; /* host byte order, both */
};

SKEP_STREAM(connections, struct connection, 64 * 1024);

static __always_inline int seen(struct sock *socket, enum what what)
{
	struct connection *connection;

	if (socket->__sk_common.skc_family != AF_INET)
		return 0;
	connection = skep_reserve(connections);
	if (!connection)
		return 0;
	connection->what = what;
	bpf_get_current_comm(connection->comm, sizeof(connection->comm));
	*(__be32 *)connection->source = socket->__sk_common.skc_rcv_saddr;
	*(__be32 *)connection->dest = socket->__sk_common.skc_daddr;
	connection->source_port = socket->__sk_common.skc_num;
	connection->dest_port = bpf_ntohs(socket->__sk_common.skc_dport);
	skep_submit(connection);
	return 0;
}

SEC("fentry/tcp_connect")
int BPF_PROG(on_connect, struct sock *socket)
{
	return seen(socket, opens);
}

SEC("fentry/tcp_close")
int BPF_PROG(on_close, struct sock *socket)
{
	return seen(socket, closes);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
