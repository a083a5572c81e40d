// A raw tracepoint: its arguments as the kernel has them.
#include "oracle.h"

__u64 first, second;

SEC("raw_tp/sys_enter")
int on_enter(__u64 *arguments)
{
	first = arguments[0];
	second = arguments[1];
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
