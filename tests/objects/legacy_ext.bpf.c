// oracle: refused
// oracle: says SEC("freplace/FUNCTION")
// SEC("ext/FUNCTION"), of before it was called freplace.
#include "oracle.h"

SEC("ext/function")
int old(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
