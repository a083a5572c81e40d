// oracle: refused
// Not set, and not weak.
#include "oracle.h"

extern int CONFIG_NEVER_IN_ANY_KERNEL __kconfig;
answers(1);

SEC("raw_tp/sys_enter")
int asks(void *context)
{
	answer[0] = CONFIG_NEVER_IN_ANY_KERNEL;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
