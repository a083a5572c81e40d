// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Nothing but a hash map: how often each program was started, and by whom last.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct who {
	char comm[16];
};

struct seen {
	__u64 times;
	__u32 pid;
	__u32 parent;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, struct who);
	__type(value, struct seen);
} programs SEC(".maps");

SEC("tp/sched/sched_process_exec")
int exec(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task_btf();
	struct seen fresh = {}, *seen;
	struct who who = {};

	bpf_get_current_comm(who.comm, sizeof(who.comm));
	bpf_map_update_elem(&programs, &who, &fresh, BPF_NOEXIST);
	seen = bpf_map_lookup_elem(&programs, &who);
	if (!seen)
		return 0;
	__sync_fetch_and_add(&seen->times, 1);
	seen->pid = bpf_get_current_pid_tgid() >> 32;
	seen->parent = task->real_parent->tgid;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
