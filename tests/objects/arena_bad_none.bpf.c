// oracle: refused
// oracle: says there are variables, and no arena
// Variables of an arena, and no arena.
#include "oracle.h"

__u64 __attribute__((address_space(1))) first = 1;

SEC("raw_tp/sys_enter")
int touch(void *ctx)
{
	first += 1;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
