// What a packet is, for whoever asks the kernel.
#include "context.h"

SEC("flow_dissector")
int dissect(struct __sk_buff *skb)
{
	return skb->protocol == 0x0008 ? 0 : 2;
}

char LICENSE[] SEC("license") = "GPL";
