// One program of each type that the kernel runs without a hook. Each shows what it was given, in its
// result, the packet, its context or `seen`.
#include <linux/bpf.h>
#include <linux/if_ether.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

__u64 runs;
__u32 seen[4];

static __always_inline void note(__u32 first, __u32 second, __u32 third)
{
	__sync_fetch_and_add(&runs, 1);
	seen[0] = first;
	seen[1] = second;
	seen[2] = third;
}

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} sockets SEC(".maps");

/* Writes the last byte of the Ethernet header's type and adds four bytes at the end. */
SEC("xdp")
int on_xdp(struct xdp_md *ctx)
{
	__u8 *data = (void *)(long)ctx->data, *meta = (void *)(long)ctx->data_meta;
	void *end = (void *)(long)ctx->data_end;

	if (data + 14 > (__u8 *)end)
		return XDP_ABORTED;
	data[13] = 0x99;
	note((__u8 *)end - data, data - meta, ctx->ingress_ifindex);
	seen[3] = meta + 4 <= data ? *(__u32 *)meta : 0;
	if (bpf_xdp_adjust_tail(ctx, 4))
		return XDP_ABORTED;
	return XDP_TX;
}

/* Takes four bytes of metadata away and puts eight of its own. */
SEC("xdp")
int on_xdp_meta(struct xdp_md *ctx)
{
	__u8 *data, *meta;

	if (bpf_xdp_adjust_meta(ctx, -8))
		return XDP_ABORTED;
	data = (void *)(long)ctx->data;
	meta = (void *)(long)ctx->data_meta;
	if (meta + 8 > data)
		return XDP_ABORTED;
	*(__u64 *)meta = 0x1122334455667788;
	return XDP_PASS;
}

SEC("xdp.frags")
int on_frags(struct xdp_md *ctx)
{
	note(bpf_xdp_get_buff_len(ctx), ctx->data_end - ctx->data, 0);
	return XDP_DROP;
}

/* Counts frames of the test's own type, and lets them go. */
SEC("xdp")
int on_live(struct xdp_md *ctx)
{
	struct ethhdr *ethernet = (void *)(long)ctx->data;

	if ((void *)(ethernet + 1) > (void *)(long)ctx->data_end)
		return XDP_ABORTED;
	note(ctx->ingress_ifindex, bpf_ntohs(ethernet->h_proto), 0);
	return XDP_DROP;
}

SEC("tc")
int on_tc(struct __sk_buff *ctx)
{
	note(ctx->len, ctx->mark, ctx->ifindex);
	seen[3] = ctx->protocol;
	ctx->mark += 1;
	ctx->priority = 7;
	ctx->cb[4] = ctx->cb[0] + 1;
	if (bpf_skb_change_tail(ctx, ctx->len + 100, 0))
		return -2;
	return -1;
}

SEC("action")
int on_action(struct __sk_buff *ctx)
{
	note(ctx->len, ctx->gso_segs, ctx->wire_len);
	return 2;
}

SEC("socket")
int on_socket(struct __sk_buff *ctx)
{
	note(ctx->len, 0, 0);
	return ctx->len;
}

#define of_skb(SECTION, NAME, RESULT)                              \
	SEC(SECTION)                                               \
	int NAME(struct __sk_buff *ctx)                            \
	{                                                          \
		note(ctx->len, bpf_ntohs(ctx->protocol), ctx->mark); \
		return RESULT;                                     \
	}
of_skb("cgroup_skb/ingress", on_cgroup_in, 1)
of_skb("cgroup_skb/egress", on_cgroup_out, 0)
of_skb("lwt_in", on_lwt_in, 128)
of_skb("lwt_out", on_lwt_out, 2)
of_skb("lwt_xmit", on_lwt_xmit, 7)
of_skb("lwt_seg6local", on_seg6local, 0)

SEC("flow_dissector")
int on_dissect(struct __sk_buff *ctx)
{
	struct bpf_flow_keys *keys = ctx->flow_keys;

	note(keys->flags, keys->nhoff, bpf_ntohs(keys->n_proto));
	keys->thoff = keys->nhoff + 20;
	keys->ip_proto = 17;
	keys->sport = bpf_htons(53);
	keys->ipv4_src = bpf_htonl(0x0a000001);
	return BPF_OK;
}

SEC("sk_lookup")
int on_lookup(struct bpf_sk_lookup *ctx)
{
	struct bpf_sock *socket;
	__u32 key = 0;
	long failed;

	note(ctx->local_port, bpf_ntohs(ctx->remote_port), ctx->protocol);
	seen[3] = ctx->remote_ip4;
	if (ctx->local_port != 7)
		return SK_DROP;
	socket = bpf_map_lookup_elem(&sockets, &key);
	if (!socket)
		return SK_PASS;
	failed = bpf_sk_assign(ctx, socket, 0);
	bpf_sk_release(socket);
	return failed ? SK_DROP : SK_PASS;
}

SEC("raw_tp")
int on_raw(struct bpf_raw_tracepoint_args *ctx)
{
	note(ctx->args[0], ctx->args[1], bpf_get_smp_processor_id());
	return ctx->args[0] + ctx->args[1];
}

struct sum {
	__u32 left, right, sum;
};

SEC("syscall")
int on_syscall(struct sum *ctx)
{
	note(ctx->left, ctx->right, 0);
	ctx->sum = ctx->left + ctx->right;
	return 3;
}

/* What the kernel does not run. */
SEC("tracepoint/syscalls/sys_enter_getppid")
int on_tracepoint(void *ctx)
{
	return 0;
}

SEC("xdp/devmap")
int on_devmap(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
