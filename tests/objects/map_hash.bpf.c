// A hash map: looked up, counted in place, or begun.
#include "oracle.h"

struct key {
	__u32 user;
	char comm[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct key);
	__type(value, __u64);
} counts SEC(".maps");

SEC("raw_tp/sys_enter")
int use(void *ctx)
{
	struct key key = {.user = bpf_get_current_uid_gid()};
	__u64 one = 1, *count;

	bpf_get_current_comm(key.comm, sizeof(key.comm));
	count = bpf_map_lookup_elem(&counts, &key);
	if (count)
		__sync_fetch_and_add(count, 1);
	else
		bpf_map_update_elem(&counts, &key, &one, 1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
