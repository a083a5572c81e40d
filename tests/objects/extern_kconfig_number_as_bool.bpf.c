// oracle: refused
// A number for a bool.
#include "oracle.h"

extern _Bool CONFIG_HZ __kconfig;
answers(1);

SEC("raw_tp/sys_enter")
int asks(void *context)
{
	answer[0] = CONFIG_HZ;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
