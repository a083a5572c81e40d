// oracle: refused
// A fact that nobody knows, and not weak.
#include "oracle.h"

extern int LINUX_NEVER_KNOWN __kconfig;
answers(1);

SEC("raw_tp/sys_enter")
int asks(void *context)
{
	answer[0] = LINUX_NEVER_KNOWN;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
