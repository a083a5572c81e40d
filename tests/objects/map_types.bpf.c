// Map types that the kernel takes without BTF, or with a key type only, and sizes that libbpf
// fills in: entries of a perf event array, ring sizes rounded up to a page and a power of two.
#include "oracle.h"

#define map_of(NAME, TYPE, ENTRIES, KEY, VALUE)    \
	struct {                                   \
		__uint(type, BPF_MAP_TYPE_##TYPE); \
		__uint(max_entries, ENTRIES);      \
		__type(key, KEY);                  \
		__type(value, VALUE);              \
	} NAME SEC(".maps")

map_of(percpu_array, PERCPU_ARRAY, 4, int, long);
map_of(stack_traces, STACK_TRACE, 128, int, __u64[127]);
map_of(cgroups, CGROUP_ARRAY, 2, int, int);
map_of(lru_percpu, LRU_PERCPU_HASH, 16, int, long);
map_of(devices, DEVMAP, 8, int, int);
map_of(devices_hash, DEVMAP_HASH, 8, int, int);
map_of(sockets, SOCKMAP, 8, int, int);
map_of(sockets_hash, SOCKHASH, 8, int, int);
map_of(cpus, CPUMAP, 8, int, int);
map_of(xsks, XSKMAP, 8, int, int);

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__type(key, int);
	__type(value, int);
} perf_all_cpus SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(max_entries, 3);
	__uint(key_size, 4);
	__uint(value_size, 4);
} perf_three SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 20);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct { __u32 prefix; __u8 address[4]; });
	__type(value, int);
} prefixes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 5);
	__type(value, long);
} queue SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, 5);
	__type(value, long);
} stack SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 5000);
} ring_odd SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 1);
} user_ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, long);
} task_storage SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, long);
} socket_storage SEC(".maps");

SEC("raw_tp/types")
int types(void *ctx)
{
	int zero = 0;

	bpf_map_lookup_elem(&percpu_array, &zero);
	bpf_perf_event_output(ctx, &perf_all_cpus, 0, &zero, sizeof(zero));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
