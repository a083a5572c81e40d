// oracle: edit --target replace=other_function --target look=first_function --target look_back=
// Programs that hang on functions of another program (here: of one with the same BTF): the function
// as SEC names it, and as the user does.
#include "oracle.h"

__attribute__((noinline)) int first_function(void *ctx)
{
	volatile int one = 1;

	return one;
}

__attribute__((noinline)) int other_function(void *ctx)
{
	volatile int two = 2;

	return two + first_function(ctx);
}

SEC("freplace/first_function")
int replace(void *ctx)
{
	return 0;
}

SEC("fentry/not_in_any_kernel")
int look(void *ctx)
{
	return 0;
}

SEC("fexit/other_function")
int look_back(void *ctx)
{
	return 0;
}

SEC("raw_tp/sys_enter")
int plain(void *ctx)
{
	return other_function(ctx);
}

char LICENSE[] SEC("license") = "GPL";
