// oracle: refused
// Nobody is said to have it.
#include "oracle.h"

extern int nobody_has_this;
answers(1);

SEC("raw_tp/sys_enter")
int asks(void *context)
{
	answer[0] = nobody_has_this;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
