// A traffic control action.
#include "context.h"

SEC("action")
int act(struct __sk_buff *skb)
{
	skb->tc_index = skb->len & 7;
	return skb->ifindex == 1 ? 2 : 0;
}

char LICENSE[] SEC("license") = "GPL";
