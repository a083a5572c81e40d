// oracle: refused
// An LSM hook that no kernel has.
#include "oracle.h"

#define program(NAME, SECTION) \
	SEC(SECTION)               \
	int NAME(void *ctx)        \
	{                          \
		return 0;          \
	}

program(missing, "lsm/no_kernel_has_this_hook")

char LICENSE[] SEC("license") = "GPL";
