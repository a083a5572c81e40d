// Global functions, verified by themselves; a hidden one, whose BTF must say "static"; a weak one
// that nothing overrides; and one that only a static one calls.
#include "oracle.h"

answers(2);

__noinline int plain(int x)
{
	return x + answer[0];
}

__hidden __noinline int hidden(int x)
{
	return plain(x) * answer[1];
}

__weak __noinline int weak(int x)
{
	return hidden(x) + 1;
}

static __noinline int between(int x)
{
	return weak(x) ^ 3;
}

SEC("raw_tp/global")
int global(__u64 *ctx)
{
	return between(ctx[0]) + plain(ctx[1]) + hidden(ctx[2]);
}

char LICENSE[] SEC("license") = "GPL";
