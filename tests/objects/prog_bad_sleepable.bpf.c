// oracle: refused
// A kind of program that cannot sleep.
#include "oracle.h"

#define program(NAME, SECTION) \
	SEC(SECTION)               \
	int NAME(void *ctx)        \
	{                          \
		return 0;          \
	}

program(bad, "tp.s/sched/sched_switch")

char LICENSE[] SEC("license") = "GPL";
