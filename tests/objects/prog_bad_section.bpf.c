// oracle: refused
// A section name that nobody knows.
#include "oracle.h"

#define program(NAME, SECTION) \
	SEC(SECTION)               \
	int NAME(void *ctx)        \
	{                          \
		return 0;          \
	}

program(bad, "hello/world")

char LICENSE[] SEC("license") = "GPL";
