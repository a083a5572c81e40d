// Programs of which some cannot be had: what a session does without, or instead.
#include "skep/vmlinux_min.h"
#include <bpf/bpf_helpers.h>

const volatile int process = 0; /* only this one */
const volatile int beyond = 9;

__u64 calls;
__u64 values[2];

static __always_inline int seen(void)
{
	if ((int)(bpf_get_current_pid_tgid() >> 32) == process)
		__sync_fetch_and_add(&calls, 1);
	return 0;
}

SEC("tp/syscalls/sys_enter_getppid")
int works(void *ctx)
{
	return seen();
}

SEC("tp/syscalls/sys_enter_getuid")
int works_too(void *ctx)
{
	return seen();
}

/* The verifier takes it nowhere. */
SEC("tp/syscalls/sys_enter_getppid")
int refused(void *ctx)
{
	return (int)*(volatile __u64 *)(values + beyond) + seen();
}

/* Loads, and no kernel has the place. */
SEC("tp/syscalls/sys_enter_skep_has_no_such_call")
int nowhere(void *ctx)
{
	return seen();
}

SEC("xdp")
int on_frame(void *ctx)
{
	return 2; /* XDP_PASS */
}

char LICENSE[] SEC("license") = "GPL";
