// oracle: module
// Hooks in a module: named with it, and found without.
#include "oracle.h"

SEC("fentry/skep_toy:skep_toy_hook")
int named(void *context)
{
	return 0;
}

SEC("fexit/skep_toy_hook")
int found(void *context)
{
	return 0;
}

SEC("tp_btf/skep_toy_event")
int event(void *context)
{
	return 0;
}

SEC("fentry/vmlinux:vfs_read")
int of_the_kernel(void *context)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
