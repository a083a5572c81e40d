// oracle: edit --autoload ops_extra=0
// A program that no map refers to, and that the user does not load.
#include "ops.h"

SEC("struct_ops/extra")
__u32 BPF_PROG(ops_extra, struct sock *sk)
{
	return 1;
}

SEC(".struct_ops")
struct tcp_congestion_ops asked = {
	.name = "skep_asked",
	.undo_cwnd = (void *)ops_undo_cwnd,
	.ssthresh = (void *)ops_ssthresh,
	.cong_avoid = (void *)ops_cong_avoid,
};
