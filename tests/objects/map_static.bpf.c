// oracle: refused
// A static map: nobody could find it by name.
#include "oracle.h"

static struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
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
