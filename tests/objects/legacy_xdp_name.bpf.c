// oracle: refused
// oracle: says SEC("xdp")
// SEC("xdp_NAME"): what followed xdp meant nothing.
#include "oracle.h"

SEC("xdp_lb")
int old(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
