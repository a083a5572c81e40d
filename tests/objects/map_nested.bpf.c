// Maps of maps that every kernel takes: inner maps put in by name.
#include "oracle.h"

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, int);
	__type(value, long);
};

struct inner inner_first SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 3);
	__type(key, int);
	__array(values, struct inner);
} outer_array SEC(".maps") = {
	.values = {(void *)&inner_first, 0, (void *)&inner_first},
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 3);
	__type(key, int);
	__array(values, struct inner);
} outer_hash SEC(".maps") = {
	.values = {[2] = (void *)&inner_first},
};

SEC("raw_tp/sys_enter")
int nested(void *ctx)
{
	int zero = 0;
	void *found = bpf_map_lookup_elem(&outer_array, &zero);

	if (found)
		bpf_map_lookup_elem(found, &zero);
	bpf_map_lookup_elem(&outer_hash, &zero);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
