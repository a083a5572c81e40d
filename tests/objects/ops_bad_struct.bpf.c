// oracle: refused
// oracle: says no table of functions 'struct sock_of_functions'
// A struct that the kernel has no table for.
#define OPS_STRUCT sock_of_functions
#define OPS_MEMBERS
#include "ops.h"

SEC(".struct_ops")
struct sock_of_functions ops = {
	.undo_cwnd = (void *)ops_undo_cwnd,
	.ssthresh = (void *)ops_ssthresh,
	.cong_avoid = (void *)ops_cong_avoid,
};
