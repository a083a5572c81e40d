// Packets of a segment route that ends here.
#include "context.h"

SEC("lwt_seg6local")
int segment(struct __sk_buff *skb)
{
	return skb->protocol == 0xdd86 ? 0 : 2;
}

char LICENSE[] SEC("license") = "GPL";
