// Kernel functions, called by a program and by its subprograms, and given as an address.
#include "oracle.h"

struct task_struct {
	int pid;
} __attribute__((preserve_access_index));
extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
extern struct task_struct *bpf_task_from_pid(int) __ksym;
extern void bpf_task_release(struct task_struct *p) __ksym;
answers(2);

static __attribute__((noinline)) int pid_of(int pid)
{
	struct task_struct *task = bpf_task_from_pid(pid);
	int found;

	if (!task)
		return 0;
	found = task->pid;
	bpf_task_release(task);
	return found;
}

__attribute__((noinline)) int locked(void)
{
	bpf_rcu_read_lock();
	bpf_rcu_read_unlock();
	return answer[1];
}

SEC("tp_btf/sys_enter")
int calls(void *context)
{
	answer[0] = pid_of(1) + pid_of(2) + locked();
	answer[1] = (long)&bpf_rcu_read_lock != 0;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
