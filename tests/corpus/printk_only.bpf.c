// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Nothing but bpf_printk: two formats, one of them long.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("tp/sched/sched_process_exec")
int hello(void *ctx)
{
	__u32 pid = bpf_get_current_pid_tgid() >> 32;

	bpf_printk("corpus: Hello World from process %d", pid);
	bpf_printk("corpus: %d has %d arguments, %s, 0x%x", pid, 3, "and a text", 255);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
