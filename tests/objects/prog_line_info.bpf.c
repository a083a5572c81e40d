// Line and function records of inlined functions, macros and #line; long source lines; wide
// instructions, which have one record for two slots.
#include "oracle.h"

answers(4);

static __always_inline int inlined(int x)
{
	if (x > 10)
		return x * 3;
	return x - 1;
}

#define doubled(X) (answer[0] += (X), answer[1] += (X))

SEC("raw_tp/lines")
int lines(__u64 *ctx)
{
	__u64 wide = 0x123456789abcdef0ULL;

	doubled(inlined(ctx[0]));
#line 1000 "elsewhere.h"
	answer[2] = wide ^ ctx[1]; /* a comment that makes this source line longer than most lines are in any reasonable program, to see it whole */
	doubled(ctx[2]);
	return inlined(answer[3]);
}

char LICENSE[] SEC("license") = "GPL";
