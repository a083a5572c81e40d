// More hooks of the network: traffic control, routes, sockets. Each acts on UDP or TCP port `port`
// alone, and counts how often.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

const volatile __u16 port = 0; /* host byte order */

__u64 count;

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_REUSEPORT_SOCKARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} shared SEC(".maps");

static __always_inline int hit(void)
{
	__sync_fetch_and_add(&count, 1);
	return 1;
}

static __always_inline int is_ours(void *at, void *end)
{
	struct iphdr *ip = at;
	struct udphdr *udp = (void *)(ip + 1);

	if ((void *)(udp + 1) > end || ip->version != 4 || ip->ihl != 5)
		return 0;
	return ip->protocol == IPPROTO_UDP && udp->dest == bpf_htons(port) && hit();
}

static __always_inline int filter(struct __sk_buff *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *ethernet = data;

	if ((void *)(ethernet + 1) > end || ethernet->h_proto != bpf_htons(ETH_P_IP))
		return -1; /* for the next one to say */
	return is_ours(ethernet + 1, end) ? 2 /* drop */ : -1;
}

SEC("tc")
int on_tc(struct __sk_buff *ctx)
{
	return filter(ctx);
}

SEC("classifier")
int on_classifier(struct __sk_buff *ctx)
{
	return filter(ctx);
}

SEC("action")
int on_action(struct __sk_buff *ctx)
{
	return filter(ctx);
}

static __always_inline int route(struct __sk_buff *ctx)
{
	return is_ours((void *)(long)ctx->data, (void *)(long)ctx->data_end) ? BPF_DROP : BPF_OK;
}

SEC("lwt_in")
int on_lwt_in(struct __sk_buff *ctx)
{
	return route(ctx);
}

SEC("lwt_out")
int on_lwt_out(struct __sk_buff *ctx)
{
	return route(ctx);
}

SEC("lwt_xmit")
int on_lwt_xmit(struct __sk_buff *ctx)
{
	return route(ctx);
}

SEC("lwt_seg6local")
int on_segment(struct __sk_buff *ctx)
{
	hit();
	return BPF_DROP;
}

SEC("flow_dissector")
int on_dissect(struct __sk_buff *ctx)
{
	struct bpf_flow_keys *keys = ctx->flow_keys;

	hit();
	keys->addr_proto = ETH_P_IP;
	keys->ip_proto = IPPROTO_UDP;
	keys->thoff = keys->nhoff + sizeof(struct iphdr);
	return BPF_OK;
}

/* All to the second of those that share a port. */
SEC("sk_reuseport")
int on_reuseport(struct sk_reuseport_md *ctx)
{
	__u32 second = 1;

	hit();
	bpf_sk_select_reuseport(ctx, &shared, &second, 0);
	return SK_PASS;
}

/* A record is two bytes. */
SEC("sk_skb/stream_parser")
int on_parser(struct __sk_buff *ctx)
{
	return 2;
}

/* Each goes to the second socket. */
SEC("sk_skb/stream_verdict")
int on_stream(struct __sk_buff *ctx)
{
	hit();
	return bpf_sk_redirect_map(ctx, &sockets, 1, 0);
}

SEC("sk_skb/verdict")
int on_verdict(struct __sk_buff *ctx)
{
	hit();
	return bpf_sk_redirect_map(ctx, &sockets, 1, 0);
}

SEC("lirc_mode2")
int on_lirc(unsigned int *sample)
{
	hit();
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
