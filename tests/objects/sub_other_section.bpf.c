// A subprogram in a section of its own, and several programs in one section: a function there is a
// program, and a program may be called by another one as a subprogram.
#include "oracle.h"

answers(2);

SEC("raw_tp/shared")
int callee(__u64 *ctx)
{
	return answer[0];
}

SEC("raw_tp/shared")
int caller(__u64 *ctx)
{
	answer[1] = 7;
	return callee(ctx) + 1;
}

SEC("raw_tp/elsewhere")
int far_caller(__u64 *ctx)
{
	return caller(ctx) + callee(ctx);
}

char LICENSE[] SEC("license") = "GPL";
