// oracle: edit --autoload second=0
// A program that is not loaded by its section's '?', one that the user turned off, and one that
// the user did not: subprograms go only with what is loaded.
#include "oracle.h"

answers(1);

static __noinline long shared(long x)
{
	return x + answer[0];
}

SEC("raw_tp/first")
int first(__u64 *ctx)
{
	return shared(ctx[0]);
}

SEC("raw_tp/second")
int second(__u64 *ctx)
{
	return shared(ctx[1]);
}

SEC("?raw_tp/third")
int third(__u64 *ctx)
{
	return shared(ctx[2]);
}

char LICENSE[] SEC("license") = "GPL";
