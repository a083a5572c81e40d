// oracle: refused
// oracle: says SEC("tp/GROUP/EVENT")
// SEC("tracepoint_return/…"), which never was one.
#include "oracle.h"

SEC("tracepoint_return/syscalls/sys_exit_open")
int old(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
