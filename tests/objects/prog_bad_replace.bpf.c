// oracle: refused
// oracle: says replaces a function of another program
// A program that replaces a function of another one, which nobody names.
#include "oracle.h"

SEC("freplace/some_function")
int replace(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
