// Packets of a light weight tunnel, as they are sent: a header is pushed.
#include "context.h"

SEC("lwt_xmit")
int tunnel(struct __sk_buff *skb)
{
	return bpf_skb_change_head(skb, 14, 0) ? 2 : 0;
}

char LICENSE[] SEC("license") = "GPL";
