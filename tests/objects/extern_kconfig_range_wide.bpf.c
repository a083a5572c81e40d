// oracle: refused
// 64 bits, of which 32 are set; not even for a weak one is that left out.
#include "oracle.h"

extern int CONFIG_ILLEGAL_POINTER_VALUE __kconfig __weak;
answers(1);

SEC("raw_tp/sys_enter")
int asks(void *context)
{
	answer[0] = CONFIG_ILLEGAL_POINTER_VALUE;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
