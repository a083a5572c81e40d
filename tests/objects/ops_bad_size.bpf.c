// oracle: refused
// oracle: says it has 8 bytes here and 4 in the kernel
// A data member of another size than in the kernel.
#define OPS_STRUCT tcp_congestion_ops
#define OPS_MEMBERS __u64 key;
#include "ops.h"

SEC(".struct_ops")
struct tcp_congestion_ops ops = {
	.name = "skep_size",
	.undo_cwnd = (void *)ops_undo_cwnd,
	.ssthresh = (void *)ops_ssthresh,
	.cong_avoid = (void *)ops_cong_avoid,
};
