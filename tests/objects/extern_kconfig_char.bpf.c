// One byte holds a choice as its letter, or a small number.
#include "oracle.h"

extern char CONFIG_BPF_SYSCALL __kconfig;
extern unsigned char CONFIG_LOG_BUF_SHIFT __kconfig;
extern signed char CONFIG_PANIC_TIMEOUT __kconfig;
extern __u8 CONFIG_NEVER_IN_ANY_KERNEL __kconfig __weak;
answers(4);

SEC("raw_tp/sys_enter")
int letters(void *context)
{
	answer[0] = CONFIG_BPF_SYSCALL;
	answer[1] = CONFIG_LOG_BUF_SHIFT;
	answer[2] = CONFIG_PANIC_TIMEOUT;
	answer[3] = CONFIG_NEVER_IN_ANY_KERNEL;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
