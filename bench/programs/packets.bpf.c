/* What a packet costs: dropped unseen, and parsed to its port and counted by its source. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 4096);
	__type(key, unsigned int);
	__type(value, unsigned long long);
} sources SEC(".maps");

SEC("xdp")
int drop(struct xdp_md *ctx)
{
	return XDP_DROP;
}

SEC("xdp")
int parse_and_count(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp = (void *)(ip + 1);
	unsigned long long one = 1, *sum;
	unsigned int source;

	if ((void *)(udp + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) || ip->ihl != 5 ||
	    ip->protocol != 17 || udp->dest == bpf_htons(9))
		return XDP_PASS;
	source = ip->saddr;
	sum = bpf_map_lookup_elem(&sources, &source);
	if (sum)
		++*sum;
	else
		bpf_map_update_elem(&sources, &source, &one, BPF_NOEXIST);
	return XDP_DROP;
}
