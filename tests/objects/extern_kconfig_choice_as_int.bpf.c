// oracle: refused
// y for an int.
#include "oracle.h"

extern int CONFIG_BPF __kconfig;
answers(1);

SEC("raw_tp/sys_enter")
int asks(void *context)
{
	answer[0] = CONFIG_BPF;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
