// A struct of another name ("flavour"), with a member that the kernel lacks and that is zero.
#define OPS_STRUCT tcp_congestion_ops___mine
#define OPS_MEMBERS __u64 of_another_kernel; void (*none_either)(void);
#include "ops.h"

SEC(".struct_ops.link")
struct tcp_congestion_ops___mine flavoured = {
	.name = "skep_flavour",
	.undo_cwnd = (void *)ops_undo_cwnd,
	.ssthresh = (void *)ops_ssthresh,
	.cong_avoid = (void *)ops_cong_avoid,
};
