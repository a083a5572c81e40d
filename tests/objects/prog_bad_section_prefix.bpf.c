// oracle: refused
// A known name with more behind it: libbpf before 1.0 took any section that began well.
#include "oracle.h"

#define program(NAME, SECTION) \
	SEC(SECTION)               \
	int NAME(void *ctx)        \
	{                          \
		return 0;          \
	}

program(bad, "xdp_lb")

char LICENSE[] SEC("license") = "GPL";
