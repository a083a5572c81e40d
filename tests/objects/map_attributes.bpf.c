// oracle: edit --max-entries sized=64 --max-entries ring=8192
// All attributes that a map definition can have, as types and as plain sizes, and sizes changed
// before load.
#include "oracle.h"

struct key {
	__u32 a;
	__u16 b;
};
struct value {
	__u64 sum;
	char name[12];
};
typedef struct key key_alias;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 100);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct key);
	__type(value, struct value);
} typed SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 10);
	__uint(key_size, 4);
	__uint(value_size, 24);
} sized SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 3);
	__uint(map_flags, BPF_F_MMAPABLE | BPF_F_NUMA_NODE);
	__uint(numa_node, 0);
	__type(key, int);
	__type(value, struct value[2]);
} on_a_node SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
	__uint(max_entries, 1000);
	__uint(map_extra, 5);
	__type(value, __u64);
} bloom SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 8);
	__type(key, key_alias);
	__type(value, long);
	__uint(pinning, LIBBPF_PIN_NONE);
} alias SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

struct {
	__uint(max_entries, 7);
	__type(value, int);
	__type(key, int);
	__uint(type, BPF_MAP_TYPE_HASH);
} other_order SEC(".maps"), same_type SEC(".maps");

SEC("raw_tp/attributes")
int attributes(void *ctx)
{
	struct key key = {};
	int index = 0;

	bpf_map_delete_elem(&typed, &key);
	bpf_map_delete_elem(&sized, &index);
	bpf_map_lookup_elem(&on_a_node, &index);
	bpf_map_push_elem(&bloom, &index, 0);
	bpf_map_delete_elem(&alias, &key);
	bpf_map_delete_elem(&same_type, &index);
	bpf_map_delete_elem(&other_order, &index);
	bpf_ringbuf_output(&ring, &key, sizeof(key), 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
