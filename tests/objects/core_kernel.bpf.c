// oracle: types vmlinux 6.1 6.12 shifted
// The real thing: types of the running kernel, read as tools read them.
#include "oracle.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct mm_struct {
	unsigned long arg_start, arg_end;
	int never_in_any_kernel;
};
struct signal_struct___mine {
	int group_exit_code;
};
struct task_struct {
	int pid, tgid;
	struct task_struct *real_parent;
	struct mm_struct *mm;
	struct signal_struct___mine *signal;
	char comm[16];
	unsigned int in_execve : 1;
	unsigned int sched_reset_on_fork : 1;
	long state;
};
struct task_struct___new {
	unsigned int __state;
};
struct sock_common {
	union {
		struct {
			__be32 skc_daddr, skc_rcv_saddr;
		};
	};
	unsigned short skc_family;
};
struct sock {
	struct sock_common __sk_common;
};
struct file {
	unsigned int f_flags;
};
#pragma clang attribute pop
enum pid_type { PIDTYPE_TGID = 100, PIDTYPE_NEVER };
enum bpf_cmd { BPF_PROG_LOAD = 77 };

answers(14);

SEC("raw_tp/kernel")
int kernel(__u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	struct task_struct___new *new = (void *)task;
	struct sock *sock = (void *)ctx[1];

	answer[0] = task->pid + task->tgid;
	answer[1] = BPF_CORE_READ(task, real_parent, tgid);
	answer[2] = BPF_CORE_READ(task, mm, arg_end) - BPF_CORE_READ(task, mm, arg_start);
	answer[3] = BPF_CORE_READ(task, signal, group_exit_code);
	answer[4] = bpf_core_field_offset(task->comm);
	answer[5] = BPF_CORE_READ_BITFIELD_PROBED(task, sched_reset_on_fork);
	answer[6] = bpf_core_field_exists(new->__state) ? new->__state : task->state;
	answer[7] = sock->__sk_common.skc_daddr;
	answer[8] = BPF_CORE_READ(sock, __sk_common.skc_family);
	answer[9] = bpf_core_field_exists(struct mm_struct, never_in_any_kernel);
	answer[10] = bpf_core_type_size(struct file);
	answer[11] = bpf_core_enum_value(enum pid_type, PIDTYPE_TGID);
	answer[12] = bpf_core_enum_value_exists(enum pid_type, PIDTYPE_NEVER);
	answer[13] = bpf_core_enum_value(enum bpf_cmd, BPF_PROG_LOAD);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
