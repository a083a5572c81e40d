// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The same without fentry, by the kernel's own tracepoint for states of sockets: into SYN_SENT and
// out of it. It has one place for what the functions have four for.
//   skep run tcpconnlat_tracepoint.bpf.c
#include "tcpconnlat.h"

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_state, const struct sock *socket, int from, int to)
{
	if (socket->sk_protocol != IPPROTO_TCP)
		return 0;
	if (to == TCP_SYN_SENT)
		return begin(socket);
	if (from == TCP_SYN_SENT && to == TCP_ESTABLISHED)
		return answered(socket);
	bpf_map_delete_elem(&starts, &socket);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
