// A socket filter: classic loads of the packet, and how much of it may pass.
#include "context.h"

SEC("socket")
int filter(struct __sk_buff *skb)
{
	__u8 protocol = 0;

	bpf_skb_load_bytes(skb, 9, &protocol, sizeof(protocol));
	return protocol == 17 ? skb->len : 0;
}

char LICENSE[] SEC("license") = "GPL";
