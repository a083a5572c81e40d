// Congestion controls that count the connections that choose them.
#include "skep/vmlinux_min.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct sock;

struct tcp_congestion_ops {
	char name[16];
	__u32 (*undo_cwnd)(struct sock *sk);
	__u32 (*ssthresh)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	void (*init)(struct sock *sk);
};

__u64 count;

SEC("struct_ops")
void BPF_PROG(on_init, struct sock *sk)
{
	__sync_fetch_and_add(&count, 1);
}

SEC("struct_ops.s/init")
void BPF_PROG(on_init_s, struct sock *sk)
{
	__sync_fetch_and_add(&count, 1);
}

SEC("struct_ops")
__u32 BPF_PROG(undo_cwnd, struct sock *sk)
{
	return 10;
}

SEC("struct_ops")
__u32 BPF_PROG(ssthresh, struct sock *sk)
{
	return 5;
}

SEC("struct_ops")
void BPF_PROG(cong_avoid, struct sock *sk, __u32 ack, __u32 acked)
{
}

#define control(NAME, INIT)                   \
	struct tcp_congestion_ops NAME = {    \
	    .name = "row",                    \
	    .undo_cwnd = (void *)undo_cwnd,   \
	    .ssthresh = (void *)ssthresh,     \
	    .cong_avoid = (void *)cong_avoid, \
	    .init = (void *)INIT,             \
	}

SEC(".struct_ops") control(plain, on_init);
SEC(".struct_ops.link") control(linked, on_init);
SEC(".struct_ops.link") control(sleeps, on_init_s);

char LICENSE[] SEC("license") = "GPL";
