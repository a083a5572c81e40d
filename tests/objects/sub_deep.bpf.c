// A diamond of calls and a long chain: every subprogram is appended once, and far calls keep
// their targets.
#include "oracle.h"

answers(1);

#define step(NAME, NEXT)                              \
	static __noinline long NAME(long x)           \
	{                                             \
		return NEXT(x + answer[0]) + NEXT(x); \
	}

static __noinline long chain_0(long x)
{
	return x - answer[0];
}
step(chain_1, chain_0)
step(chain_2, chain_1)
step(chain_3, chain_2)
step(chain_4, chain_3)

static __noinline long left(long x)
{
	return chain_4(x) + chain_1(x);
}

static __noinline long right(long x)
{
	return chain_2(x) + left(x);
}

SEC("raw_tp/deep")
int deep(__u64 *ctx)
{
	return right(ctx[0]) + left(ctx[1]) + chain_0(ctx[2]);
}

char LICENSE[] SEC("license") = "GPL";
