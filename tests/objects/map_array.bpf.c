// An array that user space may map, with a value larger than a word.
#include "oracle.h"

struct slot {
	__u64 sum, count;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 8);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct slot);
} slots SEC(".maps");

SEC("raw_tp/sys_exit")
int use(void *ctx)
{
	__u32 index = bpf_get_smp_processor_id() & 7;
	struct slot *slot = bpf_map_lookup_elem(&slots, &index);

	if (slot)
		slot->count++;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
