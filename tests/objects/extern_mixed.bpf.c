// Every kind of extern in one object.
#include "oracle.h"

extern int CONFIG_HZ __kconfig;
extern int LINUX_KERNEL_VERSION __kconfig;
extern const void schedule __ksym;
extern const int bpf_prog_active __ksym;
extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
extern int bpf_never_in_any_kernel(void) __ksym __weak;
answers(5);

SEC("?tc")
int not_loaded(void *context)
{
	answer[4] = bpf_never_in_any_kernel();
	return 0;
}

SEC("tc")
int all(void *context)
{
	answer[0] = CONFIG_HZ;
	answer[1] = LINUX_KERNEL_VERSION;
	answer[2] = (long)&schedule;
	answer[3] = (long)&bpf_prog_active;
	bpf_rcu_read_lock();
	answer[4]++;
	bpf_rcu_read_unlock();
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
