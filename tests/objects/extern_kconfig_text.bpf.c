// Texts: whole, cut to the array, and absent.
#include "oracle.h"

extern const char CONFIG_CC_VERSION_TEXT[64] __kconfig;
extern char CONFIG_DEFAULT_HOSTNAME[4] __kconfig;
extern char CONFIG_LOCALVERSION[1] __kconfig __weak;
extern char CONFIG_NEVER_IN_ANY_KERNEL[7] __kconfig __weak;
answers(5);

SEC("raw_tp/sys_enter")
int texts(void *context)
{
	answer[0] = CONFIG_CC_VERSION_TEXT[0];
	answer[1] = CONFIG_CC_VERSION_TEXT[17];
	answer[2] = CONFIG_DEFAULT_HOSTNAME[2];
	answer[3] = CONFIG_LOCALVERSION[0];
	answer[4] = CONFIG_NEVER_IN_ANY_KERNEL[3];
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
