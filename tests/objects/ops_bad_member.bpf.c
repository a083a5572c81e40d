// oracle: refused
// oracle: says member 'of_another_kernel'
// A member that the kernel lacks, and that is not zero.
#define OPS_STRUCT tcp_congestion_ops
#define OPS_MEMBERS __u64 of_another_kernel;
#include "ops.h"

SEC(".struct_ops")
struct tcp_congestion_ops ops = {
	.name = "skep_member",
	.undo_cwnd = (void *)ops_undo_cwnd,
	.ssthresh = (void *)ops_ssthresh,
	.cong_avoid = (void *)ops_cong_avoid,
	.of_another_kernel = 1,
};
