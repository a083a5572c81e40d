// Hooks of the network. Each acts on UDP or TCP port `port` alone, and counts how often.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

const volatile __u16 port = 0;  /* host byte order, as all here */
const volatile __u16 other = 0; /* where connections to it go instead */

__u64 count;

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} sockets SEC(".maps");

static __always_inline int hit(void)
{
	__sync_fetch_and_add(&count, 1);
	return 1;
}

/* Whether an IPv4 packet is UDP to the port. */
static __always_inline int is_ours(void *at, void *end)
{
	struct iphdr *ip = at;
	struct udphdr *udp = (void *)(ip + 1);

	if ((void *)(udp + 1) > end || ip->version != 4 || ip->ihl != 5)
		return 0;
	return ip->protocol == IPPROTO_UDP && udp->dest == bpf_htons(port) && hit();
}

static __always_inline int is_our_frame(void *data, void *end)
{
	struct ethhdr *ethernet = data;

	if ((void *)(ethernet + 1) > end || ethernet->h_proto != bpf_htons(ETH_P_IP))
		return 0;
	return is_ours(ethernet + 1, end);
}

SEC("xdp")
int on_xdp(struct xdp_md *ctx)
{
	return is_our_frame((void *)(long)ctx->data, (void *)(long)ctx->data_end) ? XDP_DROP : XDP_PASS;
}

SEC("tcx/ingress")
int on_tcx_ingress(struct __sk_buff *ctx)
{
	return is_our_frame((void *)(long)ctx->data, (void *)(long)ctx->data_end) ? 2 /* drop */ : -1;
}

SEC("tcx/egress")
int on_tcx_egress(struct __sk_buff *ctx)
{
	return is_our_frame((void *)(long)ctx->data, (void *)(long)ctx->data_end) ? 2 /* drop */ : -1;
}

SEC("cgroup_skb/egress")
int on_cgroup_egress(struct __sk_buff *ctx)
{
	return !is_ours((void *)(long)ctx->data, (void *)(long)ctx->data_end);
}

SEC("cgroup/connect4")
int on_connect(struct bpf_sock_addr *ctx)
{
	if (ctx->user_port == bpf_htons(port) && hit())
		ctx->user_port = bpf_htons(other);
	return 1;
}

SEC("cgroup/bind4")
int on_bind(struct bpf_sock_addr *ctx)
{
	return !(ctx->user_port == bpf_htons(port) && hit());
}

SEC("sockops")
int on_sockops(struct bpf_sock_ops *ctx)
{
	if (ctx->op == BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB && ctx->remote_port == bpf_htonl(port))
		hit();
	return 1;
}

SEC("sk_lookup")
int on_lookup(struct bpf_sk_lookup *ctx)
{
	__u32 first = 0;
	struct bpf_sock *socket;

	if (ctx->local_port != port)
		return SK_PASS;
	socket = bpf_map_lookup_elem(&sockets, &first);
	if (!socket)
		return SK_PASS;
	hit();
	bpf_sk_assign(ctx, socket, 0);
	bpf_sk_release(socket);
	return SK_PASS;
}

SEC("socket")
int on_socket(struct __sk_buff *ctx)
{
	hit();
	return 8 + 4; /* the UDP header and four bytes of what was sent */
}

SEC("sk_msg")
int on_message(struct sk_msg_md *ctx)
{
	hit();
	return SK_DROP;
}

SEC("netfilter")
int on_netfilter(void *ctx)
{
	hit();
	return 0; /* NF_DROP */
}

char LICENSE[] SEC("license") = "GPL";
