// Program names longer than the kernel's 15 bytes, and two that are alike in those.
#include "oracle.h"

SEC("raw_tp/a")
int a_program_with_a_long_name_one(void *ctx)
{
	return 0;
}

SEC("raw_tp/b")
int a_program_with_a_long_name_two(void *ctx)
{
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
