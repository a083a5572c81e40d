// SPDX-License-Identifier: MIT OR GPL-2.0-only
// How long TCP takes to connect, IPv4 and IPv6: from the functions that send the SYN to the one
// that sees the answer, a socket in the state SYN_SENT. Kernel 5.5 on x86-64, for fentry.
//   skep run tcpconnlat.bpf.c
#include "tcpconnlat.h"

SEC("fentry/tcp_v4_connect")
int BPF_PROG(on_connect4, struct sock *socket)
{
	return begin(socket);
}

SEC("fentry/tcp_v6_connect")
int BPF_PROG(on_connect6, struct sock *socket)
{
	return begin(socket);
}

SEC("fentry/tcp_rcv_state_process")
int BPF_PROG(on_answer, struct sock *socket)
{
	return socket->__sk_common.skc_state == TCP_SYN_SENT ? answered(socket) : 0;
}

/* What never connected. */
SEC("fentry/tcp_v4_destroy_sock")
int BPF_PROG(on_end, struct sock *socket)
{
	bpf_map_delete_elem(&starts, &socket);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
