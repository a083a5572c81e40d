// What a kernel may refuse: helpers that one forbids that is locked down (kernel_lockdown(7)), and a
// hook that takes no argument of its function, so that it fits any.
#include "skep/vmlinux_min.h"
#include <bpf/bpf_helpers.h>

SEC("?raw_tp/sys_enter")
int writes_user(void *context)
{
	long value = 0;

	return bpf_probe_write_user((void *)8, &value, sizeof(value));
}

SEC("?raw_tp/sys_enter")
int reads_kernel(void *context)
{
	long value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), context);
	return value != 0;
}

SEC("?fentry/do_unlinkat")
int on_any(void *context)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
