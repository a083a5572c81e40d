// SEC("usdt…"): the attach type that is sent says which kind of link the program will get.
#include "oracle.h"

#define program(NAME, SECTION) \
	SEC(SECTION)               \
	int NAME(void *ctx)        \
	{                          \
		return 0;          \
	}

program(usdt_at, "usdt//bin/bash:provider:name")

char LICENSE[] SEC("license") = "GPL";
