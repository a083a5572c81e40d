// bool: y is true, what is not set is false if it is weak.
#include "oracle.h"

extern _Bool CONFIG_BPF __kconfig;
extern _Bool CONFIG_BPF_JIT __kconfig __weak;
extern _Bool CONFIG_NEVER_IN_ANY_KERNEL __kconfig __weak;
answers(3);

SEC("raw_tp/sys_enter")
int flags(void *context)
{
	answer[0] = CONFIG_BPF;
	answer[1] = CONFIG_BPF_JIT;
	answer[2] = CONFIG_NEVER_IN_ANY_KERNEL;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
