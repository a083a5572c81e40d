// oracle: refused
// oracle: says no struct_ops map refers to it
// A program that no map refers to.
#include "ops.h"

SEC("struct_ops/extra")
__u32 BPF_PROG(ops_extra, struct sock *sk)
{
	return 1;
}

SEC(".struct_ops")
struct tcp_congestion_ops ops = {
	.name = "skep_unused",
	.undo_cwnd = (void *)ops_undo_cwnd,
	.ssthresh = (void *)ops_ssthresh,
	.cong_avoid = (void *)ops_cong_avoid,
};
