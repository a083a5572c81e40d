// oracle: refused
// oracle: says tcx/ingress
// SEC("classifier/NAME"): what followed the slash meant nothing.
#include "oracle.h"

SEC("classifier/ingress")
int old(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
