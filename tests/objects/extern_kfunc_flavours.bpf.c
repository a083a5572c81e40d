// Two prototypes of one function: what follows ___ does not count for the name, and that which does
// not fit counts as absent, as it is weak.
#include "oracle.h"

struct task_struct {
	int pid;
};
extern struct task_struct *bpf_task_from_pid(int pid) __ksym __weak;
extern struct task_struct *bpf_task_from_pid___two(int pid, int flags) __ksym __weak;
extern void bpf_task_release___mine(struct task_struct *p) __ksym;
answers(1);

SEC("tp_btf/sys_enter")
int asks(void *context)
{
	struct task_struct *task = 0;

	if (bpf_task_from_pid___two)
		task = bpf_task_from_pid___two(1, 2);
	else if (bpf_task_from_pid)
		task = bpf_task_from_pid(1);
	if (task)
		bpf_task_release___mine(task);
	answer[0] = task != 0;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
