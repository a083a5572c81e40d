/* What the ops_ objects share: a congestion control in miniature, with as much of the kernel's struct
 * as they need (include/net/tcp.h), its members in an order of their own. */
#ifndef SKEP_TESTS_OPS_H
#define SKEP_TESTS_OPS_H

#include "oracle.h"
#include <bpf/bpf_tracing.h>

struct sock;

#ifndef OPS_STRUCT
#define OPS_STRUCT tcp_congestion_ops
#define OPS_MEMBERS
#endif

struct OPS_STRUCT {
	char name[16];
	__u32 (*undo_cwnd)(struct sock *sk);
	__u32 (*ssthresh)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	__u32 flags;
	OPS_MEMBERS
};

SEC("struct_ops")
__u32 BPF_PROG(ops_undo_cwnd, struct sock *sk)
{
	return 10;
}

SEC("struct_ops")
__u32 BPF_PROG(ops_ssthresh, struct sock *sk)
{
	return 5;
}

SEC("struct_ops")
void BPF_PROG(ops_cong_avoid, struct sock *sk, __u32 ack, __u32 acked)
{
}

char LICENSE[] SEC("license") = "GPL";

#endif
