// Symbols without a type: their address, or 0 for a weak one that is not there.
#include "oracle.h"

extern const void schedule __ksym;
extern void __x64_sys_bpf __ksym __weak;
extern const void never_in_any_kernel __ksym __weak;
answers(3);

SEC("raw_tp/sys_enter")
int addresses(void *context)
{
	answer[0] = (long)&schedule;
	answer[1] = (long)&__x64_sys_bpf;
	if (&never_in_any_kernel)
		answer[2] = (long)&never_in_any_kernel;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
