// Which socket of a group takes a packet.
#include "context.h"

struct {
	__uint(type, BPF_MAP_TYPE_REUSEPORT_SOCKARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} group SEC(".maps");

SEC("sk_reuseport")
int choose(struct sk_reuseport_md *packet)
{
	__u32 index = packet->hash & 3;

	return bpf_sk_select_reuseport(packet, &group, &index, 0) ? 0 : 1;
}

SEC("sk_reuseport/migrate")
int migrate(struct sk_reuseport_md *packet)
{
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
