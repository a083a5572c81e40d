// oracle: refused
// No such function, and not weak.
#include "oracle.h"

extern int bpf_never_in_any_kernel(void) __ksym;
answers(1);

SEC("raw_tp/sys_enter")
int asks(void *context)
{
	answer[0] = bpf_never_in_any_kernel();
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
