// Maps that are pinned by their name, and one that is not.
#include "oracle.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} pinned_hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} pinned_array SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
	__uint(pinning, LIBBPF_PIN_NONE);
} not_pinned SEC(".maps");

SEC("raw_tp/sys_enter")
int use(void *ctx)
{
	__u32 key = 0;
	__u64 *value = bpf_map_lookup_elem(&pinned_hash, &key);

	if (value)
		__sync_fetch_and_add(value, 1);
	bpf_map_lookup_elem(&pinned_array, &key);
	bpf_map_lookup_elem(&not_pinned, &key);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
