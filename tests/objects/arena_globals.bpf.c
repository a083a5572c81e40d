// Global variables in an arena: some with a value, one without, one that a program adds to.
#include "arena.h"

__u64 __arena calls = 40;
__u32 __arena table[4] = {1, 2, 3, 4};
__u64 __arena zero;
__u64 ordinary = 7;

SEC("raw_tp/sys_enter")
int count(void *ctx)
{
	if ((int)bpf_get_current_pid_tgid() != thread)
		return 0;
	calls += 1;
	zero = calls + table[3];
	ordinary = zero;
	return 0;
}
