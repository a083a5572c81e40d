// A traffic control classifier that reads and writes the packet directly.
#include "context.h"

SEC("tc")
int classify(struct __sk_buff *skb)
{
	__u8 *bytes = packet(skb);

	if ((void *)(bytes + 20) > packet_end(skb))
		return 0;
	bytes[1] = 0xb8;
	skb->mark = bytes[9];
	return bpf_skb_store_bytes(skb, 8, &bytes[8], 1, 1);
}

char LICENSE[] SEC("license") = "GPL";
