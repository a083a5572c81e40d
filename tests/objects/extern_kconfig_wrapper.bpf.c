// Whether system calls have wrappers: what BPF_KSYSCALL asks.
#include "oracle.h"

extern _Bool LINUX_HAS_SYSCALL_WRAPPER __kconfig;
answers(1);

SEC("raw_tp/sys_enter")
int wrapped(void *context)
{
	answer[0] = LINUX_HAS_SYSCALL_WRAPPER;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
