// oracle: refused
// Several symbols of the kernel have that name.
#include "oracle.h"

extern const void init_once __ksym __weak;
answers(1);

SEC("raw_tp/sys_enter")
int asks(void *context)
{
	answer[0] = (long)&init_once;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
