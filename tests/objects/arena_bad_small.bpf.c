// oracle: refused
// oracle: says in an arena of 40960
// An arena that is smaller than its variables.
#include "arena.h"

char __arena many[11 * 4096] = {1};

SEC("raw_tp/sys_enter")
int touch(void *ctx)
{
	many[thread & 1023] += 1;
	return 0;
}
