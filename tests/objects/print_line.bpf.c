// Prints one line for each getppid of one thread.
#include "skep/vmlinux_min.h"
#include <bpf/bpf_helpers.h>

const volatile int thread = 0;
const volatile unsigned int mark = 0;

SEC("tp/syscalls/sys_enter_getppid")
int on_getppid(void *ctx)
{
	if ((int)bpf_get_current_pid_tgid() == thread)
		bpf_printk("skep mark %u of %d", mark, thread);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
