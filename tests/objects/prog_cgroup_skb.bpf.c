// Packets into and out of a control group.
#include "context.h"

__u64 bytes_in, bytes_out;

SEC("cgroup_skb/ingress")
int in(struct __sk_buff *skb)
{
	__sync_fetch_and_add(&bytes_in, skb->len);
	return 1;
}

SEC("cgroup_skb/egress")
int out(struct __sk_buff *skb)
{
	__sync_fetch_and_add(&bytes_out, skb->len);
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
