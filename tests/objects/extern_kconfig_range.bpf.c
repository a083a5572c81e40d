// oracle: refused
// A number that does not fit: 250, 1000 and 300 are too many for a signed byte.
#include "oracle.h"

extern signed char CONFIG_HZ __kconfig;
answers(1);

SEC("raw_tp/sys_enter")
int asks(void *context)
{
	answer[0] = CONFIG_HZ;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
