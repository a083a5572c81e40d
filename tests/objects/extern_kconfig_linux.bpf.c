// Values that no configuration has: facts about the kernel. One that nobody knows is 0 if weak.
#include "oracle.h"

extern int LINUX_KERNEL_VERSION __kconfig;
extern _Bool LINUX_HAS_BPF_COOKIE __kconfig;
extern int LINUX_NEVER_KNOWN __kconfig __weak;
answers(3);

SEC("raw_tp/sys_enter")
int facts(void *context)
{
	answer[0] = LINUX_KERNEL_VERSION;
	answer[1] = LINUX_HAS_BPF_COOKIE;
	answer[2] = LINUX_NEVER_KNOWN;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
