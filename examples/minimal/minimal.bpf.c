// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The least that says something: a line for each write(2) of one process. No user code: a `const
// volatile` variable is an option of `skep run`, and a constant by the time the verifier sees it.
//   skep run minimal.bpf.c --pid-filter PID
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

const volatile int pid_filter = 0; /* 0: all, who shows the lines among them */

SEC("tp/syscalls/sys_enter_write")
int on_write(void *ctx)
{
	int pid = bpf_get_current_pid_tgid() >> 32;

	if (!pid_filter || pid == pid_filter)
		bpf_printk("BPF triggered sys_enter_write from PID %d", pid);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
