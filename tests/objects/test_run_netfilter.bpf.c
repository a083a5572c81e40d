// A netfilter program (kernel 6.4) that shows the hook that it is called for.
#include "oracle.h"

__u64 runs;
__u32 seen[4];

struct nf_hook_state {
	__u8 hook, pf;
} __attribute__((preserve_access_index));

struct bpf_nf_ctx {
	const struct nf_hook_state *state;
	void *skb;
} __attribute__((preserve_access_index));

SEC("netfilter")
int on_netfilter(struct bpf_nf_ctx *ctx)
{
	__sync_fetch_and_add(&runs, 1);
	seen[0] = ctx->state->hook;
	seen[1] = ctx->state->pf;
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
