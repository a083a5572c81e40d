// oracle: refused
// oracle: says it can serve only one
// One program for two functions.
#include "ops.h"

SEC(".struct_ops")
struct tcp_congestion_ops ops = {
	.name = "skep_reuse",
	.undo_cwnd = (void *)ops_ssthresh,
	.ssthresh = (void *)ops_ssthresh,
	.cong_avoid = (void *)ops_cong_avoid,
};

SEC("?.struct_ops")
struct tcp_congestion_ops other = {
	.undo_cwnd = (void *)ops_undo_cwnd,
};
