// bpf_ksym_exists: what is there is called; the call of what is not there is never reached, and
// poisoned. Parameters without names get one.
#include "oracle.h"

extern void bpf_rcu_read_lock(void) __ksym __weak;
extern void bpf_rcu_read_unlock(void) __ksym __weak;
extern int bpf_never_in_any_kernel(int, const char *) __ksym __weak;
extern int another_one_that_is_not_there(void *context) __ksym __weak;
answers(2);

SEC("tp_btf/sys_enter")
int asks(void *context)
{
	if (bpf_rcu_read_lock && bpf_rcu_read_unlock) {
		bpf_rcu_read_lock();
		answer[0] = 1;
		bpf_rcu_read_unlock();
	}
	if (bpf_never_in_any_kernel)
		answer[1] = bpf_never_in_any_kernel(1, 0);
	else if (another_one_that_is_not_there)
		answer[1] = another_one_that_is_not_there(context);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
