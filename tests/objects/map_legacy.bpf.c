// oracle: refused
// oracle: says SEC(".maps")
// SEC("maps"), the definition of before libbpf 1.0.
#include "oracle.h"

struct {
	unsigned int type, key_size, value_size, max_entries, flags;
} bad SEC("maps") = {BPF_MAP_TYPE_ARRAY, 4, 8, 1, 0};

SEC("raw_tp/never")
int never(void *ctx)
{
	int zero = 0;

	bpf_map_lookup_elem(&bad, &zero);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
