// enum libbpf_tristate: no, yes, module.
#include "oracle.h"

extern enum libbpf_tristate CONFIG_BPF_SYSCALL __kconfig;
extern enum libbpf_tristate CONFIG_NEVER_IN_ANY_KERNEL __kconfig __weak;
typedef enum libbpf_tristate choice;
extern const choice CONFIG_64BIT __kconfig __weak;
answers(3);

SEC("raw_tp/sys_enter")
int choices(void *context)
{
	answer[0] = CONFIG_BPF_SYSCALL == TRI_YES;
	answer[1] = CONFIG_NEVER_IN_ANY_KERNEL;
	answer[2] = CONFIG_64BIT;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
