// oracle: refused
// A name that takes no target, with one.
#include "oracle.h"

#define program(NAME, SECTION) \
	SEC(SECTION)               \
	int NAME(void *ctx)        \
	{                          \
		return 0;          \
	}

program(bad, "classifier/ingress")

char LICENSE[] SEC("license") = "GPL";
