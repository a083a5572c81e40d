// oracle: refused
// oracle: says SEC("lwt_in")
// SEC("lwt_in/NAME"): what followed the slash meant nothing.
#include "oracle.h"

SEC("lwt_in/route")
int old(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
