// Variables by their type: per-CPU ones, of which the kernel's BTF speaks.
#include "oracle.h"

struct rq {
	int never_looked_at;
};
extern const struct rq runqueues __ksym;
extern const int bpf_prog_active __ksym;
typedef const int number;
extern number never_in_any_kernel __ksym __weak;
answers(3);

static void *(*this_cpu)(const void *variable) = (void *)154; /* bpf_this_cpu_ptr */

SEC("raw_tp/sys_enter")
int variables(void *context)
{
	answer[0] = *(const int *)this_cpu(&bpf_prog_active);
	answer[1] = (long)this_cpu(&runqueues);
	answer[2] = 7;
	if (&never_in_any_kernel)
		answer[2] = *(const int *)this_cpu(&never_in_any_kernel);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
