// An arena whose address the object gives.
#define ARENA_MORE __ulong(map_extra, 0x400000000000ull);
#include "arena.h"

__u64 __arena first = 1;

SEC("raw_tp/sys_enter")
int touch(void *ctx)
{
	if ((int)bpf_get_current_pid_tgid() != thread)
		return 0;
	first += 1;
	return 0;
}
