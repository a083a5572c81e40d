// struct_ops maps that links register: two that share their programs, and one that waits to be asked
// for, with a program that nobody else uses.
#include "ops.h"

SEC("struct_ops.s/later")
__u32 BPF_PROG(ops_later, struct sock *sk)
{
	return 1;
}

SEC(".struct_ops.link")
struct tcp_congestion_ops first = {
	.name = "skep_first",
	.undo_cwnd = (void *)ops_undo_cwnd,
	.ssthresh = (void *)ops_ssthresh,
	.cong_avoid = (void *)ops_cong_avoid,
};

SEC(".struct_ops.link")
struct tcp_congestion_ops second_with_a_long_name = {
	.name = "skep_second",
	.undo_cwnd = (void *)ops_undo_cwnd,
	.ssthresh = (void *)ops_ssthresh,
	.cong_avoid = (void *)ops_cong_avoid,
	.flags = 2,
};

SEC("?.struct_ops.link")
struct tcp_congestion_ops not_yet = {
	.name = "skep_not_yet",
	.undo_cwnd = (void *)ops_undo_cwnd,
	.ssthresh = (void *)ops_later,
};
