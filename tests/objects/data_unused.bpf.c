// Sections that no instruction refers to still become maps, and are bound to the program.
#include "oracle.h"

int never_used = 3;
const volatile int never_read = 4;
int never_written;

SEC("raw_tp/unused")
int unused(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
