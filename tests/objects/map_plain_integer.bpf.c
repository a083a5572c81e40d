// oracle: refused
// An attribute that is a plain integer, not __uint.
#include "oracle.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	int max_entries;
} bad SEC(".maps");

SEC("raw_tp/never")
int never(void *ctx)
{
	int zero = 0;

	bpf_map_lookup_elem(&bad, &zero);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
