// oracle: refused
// oracle: says SEC("socket")
// SEC("socket/NAME"): what followed the slash meant nothing.
#include "oracle.h"

SEC("socket/http")
int old(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
