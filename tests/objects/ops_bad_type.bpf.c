// oracle: refused
// oracle: says 'not_ops', which is no struct_ops program
// A function that is no struct_ops program.
#include "ops.h"

SEC("raw_tp/sys_enter")
int not_ops(void *ctx)
{
	return 0;
}

SEC(".struct_ops")
struct tcp_congestion_ops ops = {
	.name = "skep_type",
	.undo_cwnd = (void *)ops_undo_cwnd,
	.ssthresh = (void *)not_ops,
	.cong_avoid = (void *)ops_cong_avoid,
};
