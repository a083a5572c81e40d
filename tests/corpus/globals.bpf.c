// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Nothing but global variables.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

__u64 execs;
__s32 lowest = -7;
struct {
	__u32 cpu, bits : 4;
} last;

SEC("tp/sched/sched_process_exec")
int exec(void *ctx)
{
	__sync_fetch_and_add(&execs, 1);
	last.cpu = bpf_get_smp_processor_id();
	last.bits = 9;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
