// Hooks of the network that the other objects of the tests leave out. Each acts on UDP or TCP port
// `port` alone, and counts how often.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

const volatile __u16 port = 0; /* host byte order */

__u64 count;

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
	return ip->protocol == IPPROTO_UDP && udp->dest == bpf_htons(port);
}

static __always_inline int is_our_frame(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *ethernet = data;

	if ((void *)(ethernet + 1) > end || ethernet->h_proto != bpf_htons(ETH_P_IP))
		return 0;
	return is_ours(ethernet + 1, end);
}

static __always_inline int drop(struct xdp_md *ctx)
{
	return is_our_frame(ctx) && hit() ? XDP_DROP : XDP_PASS;
}

/* A frame in several buffers, whose first one is longer than the headers. */
SEC("xdp.frags")
int on_frags(struct xdp_md *ctx)
{
	return drop(ctx);
}

/* What goes to a device, or to another CPU, and is dropped there. */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bpf_devmap_val);
} devices SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CPUMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bpf_cpumap_val);
} cpus SEC(".maps");

SEC("xdp")
int to_device(struct xdp_md *ctx)
{
	return is_our_frame(ctx) ? bpf_redirect_map(&devices, 0, XDP_PASS) : XDP_PASS;
}

SEC("xdp")
int to_cpu(struct xdp_md *ctx)
{
	return is_our_frame(ctx) ? bpf_redirect_map(&cpus, 0, XDP_PASS) : XDP_PASS;
}

SEC("xdp.frags")
int frags_to_device(struct xdp_md *ctx)
{
	return is_our_frame(ctx) ? bpf_redirect_map(&devices, 0, XDP_PASS) : XDP_PASS;
}

SEC("xdp.frags")
int frags_to_cpu(struct xdp_md *ctx)
{
	return is_our_frame(ctx) ? bpf_redirect_map(&cpus, 0, XDP_PASS) : XDP_PASS;
}

SEC("xdp/devmap")
int on_device(struct xdp_md *ctx)
{
	return drop(ctx);
}

SEC("xdp.frags/devmap")
int on_device_frags(struct xdp_md *ctx)
{
	return drop(ctx);
}

SEC("xdp/cpumap")
int on_cpu(struct xdp_md *ctx)
{
	return drop(ctx);
}

SEC("xdp.frags/cpumap")
int on_cpu_frags(struct xdp_md *ctx)
{
	return drop(ctx);
}

static __always_inline int netkit(struct __sk_buff *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	if (data + sizeof(struct ethhdr) > end || !is_ours(data + sizeof(struct ethhdr), end))
		return -1; /* for the next one to say */
	hit();
	return 2; /* drop */
}

SEC("netkit/primary")
int on_primary(struct __sk_buff *ctx)
{
	return netkit(ctx);
}

SEC("netkit/peer")
int on_peer(struct __sk_buff *ctx)
{
	return netkit(ctx);
}

struct {
	__uint(type, BPF_MAP_TYPE_REUSEPORT_SOCKARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} shared SEC(".maps");

/* New connections go to the first socket; those that it had when it was closed, to the second. */
SEC("sk_reuseport/migrate")
int on_migrate(struct sk_reuseport_md *ctx)
{
	__u32 first = 0, second = 1;

	if (!ctx->migrating_sk) {
		bpf_sk_select_reuseport(ctx, &shared, &first, 0);
		return SK_PASS;
	}
	hit();
	return bpf_sk_select_reuseport(ctx, &shared, &second, 0) ? SK_DROP : SK_PASS;
}

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} sockets SEC(".maps");

/* Each piece goes to the second socket. */
SEC("sk_skb")
int on_stream(struct __sk_buff *ctx)
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
