// oracle: refused
// Neither CONFIG_ nor LINUX_: not even weak.
#include "oracle.h"

extern int MY_OWN_VALUE __kconfig __weak;
answers(1);

SEC("raw_tp/sys_enter")
int asks(void *context)
{
	answer[0] = MY_OWN_VALUE;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
