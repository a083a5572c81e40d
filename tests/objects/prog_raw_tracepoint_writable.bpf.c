// A raw tracepoint that may write what it is given.
#include "oracle.h"

SEC("raw_tp.w/nbd_send_request")
int on_request(__u64 *arguments)
{
	*(__u32 *)arguments[0] = 0;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
