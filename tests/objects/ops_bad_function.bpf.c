// oracle: refused
// oracle: says member 'of_another_kernel'
// A program for a function that the kernel's struct lacks.
#define OPS_STRUCT tcp_congestion_ops
#define OPS_MEMBERS __u32 (*of_another_kernel)(struct sock *sk);
#include "ops.h"

SEC(".struct_ops")
struct tcp_congestion_ops ops = {
	.name = "skep_function",
	.undo_cwnd = (void *)ops_undo_cwnd,
	.cong_avoid = (void *)ops_cong_avoid,
	.of_another_kernel = (void *)ops_ssthresh,
};
