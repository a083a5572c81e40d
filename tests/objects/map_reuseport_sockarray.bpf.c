// Sockets of a SO_REUSEPORT group.
#include "context.h"

struct {
	__uint(type, BPF_MAP_TYPE_REUSEPORT_SOCKARRAY);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u64);
} group SEC(".maps");

SEC("sk_reuseport")
int use(struct sk_reuseport_md *packet)
{
	__u32 index = 5;

	bpf_sk_select_reuseport(packet, &group, &index, 0);
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
