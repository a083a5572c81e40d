// oracle: refused
// A type that no configuration value has.
#include "oracle.h"

struct pair { int a, b; };
extern struct pair CONFIG_HZ __kconfig;
answers(1);

SEC("raw_tp/sys_enter")
int asks(void *context)
{
	answer[0] = CONFIG_HZ.b;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
