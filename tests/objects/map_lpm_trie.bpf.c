// Prefixes of addresses; the longest one that fits is found.
#include "oracle.h"

struct prefix {
	__u32 bits;
	__u8 address[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 100);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct prefix);
	__type(value, __u32);
} routes SEC(".maps");

SEC("xdp")
int use(void *ctx)
{
	struct prefix all = {.bits = 128};
	__u32 *action = bpf_map_lookup_elem(&routes, &all);

	return action ? *action : 2;
}

char LICENSE[] SEC("license") = "GPL";
