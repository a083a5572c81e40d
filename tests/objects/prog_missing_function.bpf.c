// oracle: refused
// A kernel function that no kernel has.
#include "oracle.h"

#define program(NAME, SECTION) \
	SEC(SECTION)               \
	int NAME(void *ctx)        \
	{                          \
		return 0;          \
	}

program(missing, "fentry/no_kernel_has_this_function")

char LICENSE[] SEC("license") = "GPL";
