// oracle: refused
// y for a text.
#include "oracle.h"

extern char CONFIG_BPF[8] __kconfig;
answers(1);

SEC("raw_tp/sys_enter")
int asks(void *context)
{
	answer[0] = CONFIG_BPF[0];
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
