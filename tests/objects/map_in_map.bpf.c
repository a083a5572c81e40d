// Maps of maps: the inner map's shape, inner maps put in by name (with holes), a map of maps that
// starts empty, an inner map of another size.
#include "oracle.h"

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, int);
	__type(value, long);
};

struct inner inner_one SEC(".maps"), inner_two SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 5);
	__type(key, int);
	__array(values, struct inner);
} outer_array SEC(".maps") = {
	.values = {(void *)&inner_one, 0, (void *)&inner_two, [4] = (void *)&inner_one},
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 3);
	__type(key, int);
	__array(values, struct inner);
} outer_hash SEC(".maps") = {
	.values = {[1] = (void *)&inner_two},
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 3);
	__uint(key_size, 8);
	__uint(value_size, 4);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_RINGBUF);
		__uint(max_entries, 4096);
	});
} outer_empty SEC(".maps");

SEC("raw_tp/nested_maps")
int nested_maps(void *ctx)
{
	int zero = 0;
	void *found = bpf_map_lookup_elem(&outer_array, &zero);

	if (found)
		bpf_map_lookup_elem(found, &zero);
	bpf_map_lookup_elem(&outer_hash, &zero);
	bpf_map_lookup_elem(&outer_empty, &zero);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
