// oracle: refused
// A raw BTF tracepoint that no kernel has.
#include "oracle.h"

#define program(NAME, SECTION) \
	SEC(SECTION)               \
	int NAME(void *ctx)        \
	{                          \
		return 0;          \
	}

program(missing, "tp_btf/no_kernel_has_this_tracepoint")

char LICENSE[] SEC("license") = "GPL";
