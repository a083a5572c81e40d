// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Where processes wait: the stack when one leaves the CPU, and for how long it is away.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

const volatile int targ_tgid = -1;

struct waiter {
	__u32 pid;
	__u32 tgid;
	int user_stack_id;
	int kern_stack_id;
};

struct left {
	__u64 at;
	struct waiter who;
};

struct away {
	__u64 nanoseconds;
	char comm[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, __u32);
	__type(value, struct left);
} start SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 4096);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 64 * sizeof(__u64));
} stackmap SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, struct waiter);
	__type(value, struct away);
} info SEC(".maps");

SEC("tp_btf/sched_switch")
int BPF_PROG(sched_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	struct left *left, fresh = {};
	struct away *away, zero = {};
	__u32 pid = prev->pid;

	if ((targ_tgid == -1 || targ_tgid == prev->tgid) && prev->tgid != 0 &&
	    !(prev->flags & 0x00200000 /* PF_KTHREAD */)) {
		fresh.at = bpf_ktime_get_ns();
		fresh.who.pid = pid;
		fresh.who.tgid = prev->tgid;
		fresh.who.user_stack_id = bpf_get_stackid(ctx, &stackmap, BPF_F_USER_STACK);
		fresh.who.kern_stack_id = bpf_get_stackid(ctx, &stackmap, 0);
		bpf_map_update_elem(&start, &pid, &fresh, 0);
	}
	pid = next->pid;
	left = bpf_map_lookup_elem(&start, &pid);
	if (!left)
		return 0;
	bpf_probe_read_kernel_str(zero.comm, sizeof(zero.comm), next->comm);
	bpf_map_update_elem(&info, &left->who, &zero, BPF_NOEXIST);
	away = bpf_map_lookup_elem(&info, &left->who);
	if (away)
		__sync_fetch_and_add(&away->nanoseconds, bpf_ktime_get_ns() - left->at);
	bpf_map_delete_elem(&start, &pid);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
