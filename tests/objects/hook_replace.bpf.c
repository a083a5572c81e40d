// oracle: edit --target instead=decide
// A function of one program, and what runs in its place.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

const volatile __u16 port = 0; /* host byte order */

__u64 count;

__attribute__((noinline)) int decide(struct xdp_md *ctx)
{
	volatile int verdict = XDP_PASS;

	return verdict;
}

SEC("xdp")
int on_xdp(struct xdp_md *ctx)
{
	return decide(ctx);
}

SEC("freplace/decide")
int instead(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct iphdr *ip = data + sizeof(struct ethhdr);
	struct udphdr *udp = (void *)(ip + 1);

	if ((void *)(udp + 1) > end || ip->protocol != IPPROTO_UDP || udp->dest != bpf_htons(port))
		return XDP_PASS;
	__sync_fetch_and_add(&count, 1);
	return XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
