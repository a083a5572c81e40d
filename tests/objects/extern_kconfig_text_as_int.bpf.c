// oracle: refused
// A text for an int.
#include "oracle.h"

extern int CONFIG_CC_VERSION_TEXT __kconfig;
answers(1);

SEC("raw_tp/sys_enter")
int asks(void *context)
{
	answer[0] = CONFIG_CC_VERSION_TEXT;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
