// oracle: refused
// An integer, where the kernel has a struct.
#include "oracle.h"

extern const int runqueues __ksym;
answers(1);

SEC("raw_tp/sys_enter")
int asks(void *context)
{
	answer[0] = (long)&runqueues;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
