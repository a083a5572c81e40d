// No license section: the kernel is told an empty one.
#include "oracle.h"

SEC("raw_tp/unlicensed")
int unlicensed(void *ctx)
{
	return 0;
}
