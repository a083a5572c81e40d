// A struct_ops map that is registered by writing it.
#include "ops.h"

SEC(".struct_ops")
struct tcp_congestion_ops plain = {
	.name = "skep_plain",
	.undo_cwnd = (void *)ops_undo_cwnd,
	.ssthresh = (void *)ops_ssthresh,
	.cong_avoid = (void *)ops_cong_avoid,
};
