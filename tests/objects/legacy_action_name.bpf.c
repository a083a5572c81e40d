// oracle: refused
// oracle: says SEC("action")
// SEC("action/NAME"): what followed the slash meant nothing.
#include "oracle.h"

SEC("action/drop")
int old(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
