// Packets of a light weight tunnel, as they leave.
#include "context.h"

SEC("lwt_out")
int tunnel(struct __sk_buff *skb)
{
	__u8 first = 0;

	if (bpf_skb_load_bytes(skb, 0, &first, 1))
		return 2;
	return first >> 4 == 4 ? 0 : 2;
}

char LICENSE[] SEC("license") = "GPL";
