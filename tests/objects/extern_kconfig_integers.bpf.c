// Integers of each width and sign; their order in .kconfig is by alignment, size and name.
#include "oracle.h"

extern short CONFIG_HZ __kconfig;
extern unsigned short CONFIG_NR_CPUS __kconfig;
extern int CONFIG_LOG_BUF_SHIFT __kconfig;
extern unsigned int CONFIG_PANIC_TIMEOUT __kconfig;
extern unsigned long long CONFIG_ILLEGAL_POINTER_VALUE __kconfig __weak;
extern long long CONFIG_RCU_FANOUT __kconfig __weak;
extern const volatile __u64 CONFIG_NEVER_IN_ANY_KERNEL __kconfig __weak;
answers(7);

SEC("raw_tp/sys_enter")
int numbers(void *context)
{
	answer[0] = CONFIG_HZ;
	answer[1] = CONFIG_NR_CPUS;
	answer[2] = CONFIG_LOG_BUF_SHIFT;
	answer[3] = CONFIG_PANIC_TIMEOUT;
	answer[4] = CONFIG_ILLEGAL_POINTER_VALUE;
	answer[5] = CONFIG_RCU_FANOUT;
	answer[6] = CONFIG_NEVER_IN_ANY_KERNEL;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
