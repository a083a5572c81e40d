// oracle: module
// A module's function and variable; the function also as an address. One of the kernel itself, whose
// descriptor is none, stands between them.
#include "oracle.h"

struct task_struct {
	int pid;
};
extern int skep_toy_call(struct task_struct *task, int how) __ksym;
extern int skep_toy_call___old(struct task_struct *task) __ksym __weak;
extern const int skep_toy_counter __ksym;
extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
extern int skep_toy_never(void) __ksym __weak;
answers(4);

static void *(*this_cpu)(const void *variable) = (void *)154; /* bpf_this_cpu_ptr */
static struct task_struct *(*current)(void) = (void *)158;    /* bpf_get_current_task_btf */

SEC("tp_btf/sys_enter")
int calls(void *context)
{
	bpf_rcu_read_lock();
	answer[0] = skep_toy_call(current(), 1);
	bpf_rcu_read_unlock();
	answer[1] = *(const int *)this_cpu(&skep_toy_counter);
	answer[2] = (long)&skep_toy_call;
	if (skep_toy_call___old)
		answer[3] = skep_toy_call___old(current());
	else if (skep_toy_never)
		answer[3] = skep_toy_never();
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
