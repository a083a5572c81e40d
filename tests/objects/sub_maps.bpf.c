// Maps, variables and strings used in subprograms: their relocations come with each copy.
#include "oracle.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, int);
	__type(value, long);
} table SEC(".maps");

static long sum;
long visible = 3;
const volatile long limit = 10;

static __noinline long *find(int key)
{
	return bpf_map_lookup_elem(&table, &key);
}

__noinline int add(int key)
{
	long *value = find(key);

	if (value && *value < limit)
		sum += *value * visible;
	return 0;
}

SEC("raw_tp/maps_one")
int maps_one(__u64 *ctx)
{
	add(ctx[0]);
	return sum;
}

SEC("raw_tp/maps_two")
int maps_two(__u64 *ctx)
{
	long *value = find(ctx[1]);

	add(ctx[0]);
	return value ? *value : limit;
}

char LICENSE[] SEC("license") = "GPL";
