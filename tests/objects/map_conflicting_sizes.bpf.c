// oracle: refused
// A key_size that is not the size of the key.
#include "oracle.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 8);
	__type(key, int);
	__type(value, int);
} bad SEC(".maps");

SEC("raw_tp/never")
int never(void *ctx)
{
	int zero = 0;

	bpf_map_lookup_elem(&bad, &zero);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
