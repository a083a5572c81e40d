// oracle: refused
// Another prototype than the kernel's, and not weak.
#include "oracle.h"

extern int bpf_rcu_read_lock(int how, int often) __ksym;
answers(1);

SEC("raw_tp/sys_enter")
int asks(void *context)
{
	answer[0] = bpf_rcu_read_lock(1, 2);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
