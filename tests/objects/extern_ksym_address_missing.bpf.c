// oracle: refused
// No such symbol, and not weak.
#include "oracle.h"

extern const void never_in_any_kernel __ksym;
answers(1);

SEC("raw_tp/sys_enter")
int asks(void *context)
{
	answer[0] = (long)&never_in_any_kernel;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
