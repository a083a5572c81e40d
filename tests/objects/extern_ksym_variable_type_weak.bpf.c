// oracle: refused
// The same: a weak one must have the right type too.
#include "oracle.h"

extern const int runqueues __ksym __weak;
answers(1);

SEC("raw_tp/sys_enter")
int asks(void *context)
{
	answer[0] = (long)&runqueues;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
