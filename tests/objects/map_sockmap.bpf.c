// Sockets in an array.
#include "context.h"

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} sockets SEC(".maps");

SEC("sk_skb/stream_verdict")
int use(struct __sk_buff *ctx)
{
	return bpf_sk_redirect_map(ctx, &sockets, 0, 1);
}

char LICENSE[] SEC("license") = "GPL";
