// oracle: refused
// A map with values that is neither a map of maps nor a program array.
#include "oracle.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, int);
	__array(values, int);
} bad SEC(".maps");

SEC("raw_tp/never")
int never(void *ctx)
{
	int zero = 0;

	bpf_map_lookup_elem(&bad, &zero);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
