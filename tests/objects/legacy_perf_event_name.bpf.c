// oracle: refused
// oracle: says SEC("perf_event")
// SEC("perf_event/NAME"): what to sample is said when attaching.
#include "oracle.h"

SEC("perf_event/cycles")
int old(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
