// oracle: refused
// oracle: says more than one arena
// Two arenas.
#include "arena.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 10);
} another SEC(".maps");

__u64 __arena first = 1;

SEC("raw_tp/sys_enter")
int touch(void *ctx)
{
	int zero = 0;

	bpf_map_lookup_elem(&another, &zero);
	first += 1;
	return 0;
}
