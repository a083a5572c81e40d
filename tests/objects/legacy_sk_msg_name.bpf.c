// oracle: refused
// oracle: says SEC("sk_msg")
// SEC("sk_msg/NAME"): what followed the slash meant nothing.
#include "oracle.h"

SEC("sk_msg/send")
int old(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
