// A netfilter hook (kernel 6.4, libbpf 1.3).
#include "oracle.h"

struct bpf_nf_ctx {
	const void *state;
	void *skb;
};
__u64 packets;

SEC("netfilter")
int accept(struct bpf_nf_ctx *ctx)
{
	__sync_fetch_and_add(&packets, 1);
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
