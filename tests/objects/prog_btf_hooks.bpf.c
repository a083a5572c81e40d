// oracle: types vmlinux 6.1 6.12
// SEC: programs whose hook is a BTF id of the kernel: raw tracepoints, functions, LSM hooks, iterators.
#include "oracle.h"

#define program(NAME, SECTION) \
	SEC(SECTION)               \
	int NAME(void *ctx)        \
	{                          \
		return 0;          \
	}

program(btf_tp, "tp_btf/sched_process_exec")
program(enter, "fentry/do_nanosleep")
program(leave, "fexit/do_nanosleep")
program(enter_sleep, "fentry.s/__x64_sys_nanosleep")
program(leave_sleep, "fexit.s/__x64_sys_nanosleep")
program(modify, "fmod_ret/bpf_fentry_test1")
program(security, "lsm/file_open")
program(security_s, "lsm.s/file_open")
program(security_cg, "lsm_cgroup/socket_bind")
program(tasks, "iter/task")
program(tasks_s, "iter.s/task")
program(elements, "iter/bpf_map_elem")
program(mod_sleep, "fmod_ret.s/bpf_fentry_test1")

char LICENSE[] SEC("license") = "GPL";
