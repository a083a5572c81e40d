// Static subprograms of .text, called by several programs: each program gets its own copies, only
// of those that it calls, in the order in which the calls are met.
#include "oracle.h"

answers(4);

static __noinline long third(long x)
{
	return x * answer[3];
}

static __noinline long unused_by_one(long x)
{
	return third(x) + 5;
}

static __noinline long second(long x)
{
	return third(x + 1) - answer[2];
}

static __noinline long first(long x)
{
	return second(x) + second(x + 2) + third(x);
}

SEC("raw_tp/one")
int one(__u64 *ctx)
{
	return first(ctx[0]) + third(ctx[1]);
}

SEC("raw_tp/two")
int two(__u64 *ctx)
{
	return unused_by_one(ctx[0]) + third(ctx[1]);
}

SEC("raw_tp/none")
int none(__u64 *ctx)
{
	return ctx[0];
}

char LICENSE[] SEC("license") = "GPL";
