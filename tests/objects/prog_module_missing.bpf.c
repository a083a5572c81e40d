// oracle: module
// oracle: refused
// A module that has no such function.
#include "oracle.h"

SEC("fentry/skep_toy:skep_toy_never")
int named(void *context)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
