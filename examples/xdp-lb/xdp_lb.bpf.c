// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A load balancer for one TCP service. What comes for the virtual address goes on to a back end, by
// a hash of the connection's addresses and ports; what the back end answers goes back under the
// virtual address. Addresses change, so sums change: of IP, and of TCP, which counts the addresses
// in. It is attached to all interfaces of a router, towards the clients and towards the back ends,
// whose way to the clients leads over it.
//   xdp-lb 192.0.2.1 80 10.0.1.2,10.0.2.2 'eth*'
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/tcp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define AF_INET 2
#define IP_FRAGMENT 0x3fff /* more fragments, or not the first one */
#define MOST_BACK_ENDS 64

/* In network byte order, both. */
const volatile __be32 virtual_address = 0;
const volatile __be16 virtual_port = 0;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MOST_BACK_ENDS);
	__type(key, __u32);
	__type(value, __be32);
} back_ends SEC(".maps");

/* How many of them are in use. It may change at any time: connections stay where they are. */
volatile __u32 back_end_count;

struct client {
	__be32 address;
	__be16 port;
	__u16 unused;
};

/* Who serves which client: the hash decides once for a connection. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 64 * 1024);
	__type(key, struct client);
	__type(value, __be32);
} connections SEC(".maps");

struct packet {
	struct ethhdr *ethernet;
	struct iphdr *ip;
	struct tcphdr *tcp;
};

/* False for what is not ours: no TCP, or a fragment, which has no ports or lacks the rest. */
static __always_inline _Bool parse(struct xdp_md *ctx, struct packet *packet)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	packet->ethernet = data;
	packet->ip = (void *)(packet->ethernet + 1);
	if ((void *)(packet->ip + 1) > end || packet->ethernet->h_proto != bpf_htons(ETH_P_IP))
		return 0;
	if (packet->ip->protocol != IPPROTO_TCP || packet->ip->ihl < 5 ||
	    packet->ip->frag_off & bpf_htons(IP_FRAGMENT))
		return 0;
	/* Options of IP move the TCP header. */
	packet->tcp = (void *)packet->ip + packet->ip->ihl * 4;
	return (void *)(packet->tcp + 1) <= end;
}

/* The back end of a connection; 0 when there is none. The high bits of the hash choose: everything
 * that went into it has a part in them. */
static __always_inline __be32 back_end_of(const struct packet *packet)
{
	struct client client = {packet->ip->saddr, packet->tcp->source};
	__be32 *known = bpf_map_lookup_elem(&connections, &client), *chosen;
	__u32 hash = client.address, index;

	if (known && !(packet->tcp->syn && !packet->tcp->ack))
		return *known;
	hash = hash * 0x9e3779b1 ^ (client.port | (__u32)packet->tcp->dest << 16);
	hash = hash * 0x9e3779b1 ^ packet->ip->daddr;
	hash = (hash ^ hash >> 15) * 0x9e3779b1;
	index = (__u64)hash * back_end_count >> 32;
	chosen = bpf_map_lookup_elem(&back_ends, &index);
	if (!chosen || !*chosen)
		return 0;
	bpf_map_update_elem(&connections, &client, chosen, BPF_ANY);
	return *chosen;
}

/* The sum when `from` becomes `to` in what it is over (RFC 1624, equation 3). */
static __always_inline void replace(__sum16 *sum, __be32 from, __be32 to)
{
	__u32 wide = bpf_csum_diff(&from, 4, &to, 4, (__u16)~*sum);

	wide = (wide & 0xffff) + (wide >> 16);
	wide = (wide & 0xffff) + (wide >> 16);
	*sum = ~wide;
}

static __always_inline void change(const struct packet *packet, __be32 *address, __be32 to)
{
	replace(&packet->ip->check, *address, to);
	replace(&packet->tcp->check, *address, to);
	*address = to;
}

/* One hop less: the sum becomes larger by as much as what it is over becomes smaller (RFC 1141). */
static __always_inline void count_hop(struct iphdr *ip)
{
	__u32 sum = ip->check + bpf_htons(0x0100);

	ip->check = sum + (sum >= 0xffff);
	--ip->ttl;
}

/* On by the routing table. Where that knows no neighbour yet, the kernel forwards, and asks. */
static __always_inline int forward(struct xdp_md *ctx, const struct packet *packet)
{
	struct bpf_fib_lookup route = {
		.family = AF_INET,
		.l4_protocol = IPPROTO_TCP,
		.tot_len = bpf_ntohs(packet->ip->tot_len),
		.ifindex = ctx->ingress_ifindex,
		.ipv4_src = packet->ip->saddr,
		.ipv4_dst = packet->ip->daddr,
	};

	if (packet->ip->ttl <= 1 ||
	    bpf_fib_lookup(ctx, &route, sizeof(route), 0) != BPF_FIB_LKUP_RET_SUCCESS)
		return XDP_PASS;
	count_hop(packet->ip);
	__builtin_memcpy(packet->ethernet->h_source, route.smac, ETH_ALEN);
	__builtin_memcpy(packet->ethernet->h_dest, route.dmac, ETH_ALEN);
	return route.ifindex == ctx->ingress_ifindex ? XDP_TX : bpf_redirect(route.ifindex, 0);
}

SEC("xdp")
int balance(struct xdp_md *ctx)
{
	struct client client = {};
	struct packet packet;
	__be32 *server, to;

	if (!parse(ctx, &packet))
		return XDP_PASS;
	if (packet.ip->daddr == virtual_address && packet.tcp->dest == virtual_port) {
		to = back_end_of(&packet);
		if (!to)
			return XDP_DROP;
		change(&packet, &packet.ip->daddr, to);
		return forward(ctx, &packet);
	}
	client.address = packet.ip->daddr;
	client.port = packet.tcp->dest;
	server = bpf_map_lookup_elem(&connections, &client);
	if (!server || *server != packet.ip->saddr || packet.tcp->source != virtual_port)
		return XDP_PASS;
	change(&packet, &packet.ip->saddr, virtual_address);
	return forward(ctx, &packet);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
