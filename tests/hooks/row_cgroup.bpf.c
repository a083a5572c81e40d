// Hooks of a control group. Those of addresses act on port `port` alone, the others on what the
// test does with its own sockets and files.
#include <linux/bpf.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

const volatile __u16 port = 0;  /* host byte order */
const volatile __u16 other = 0; /* what stands there instead */

__u64 count;

static __always_inline int hit(void)
{
	__sync_fetch_and_add(&count, 1);
	return 1;
}

static __always_inline int passes(struct __sk_buff *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct iphdr *ip = data;
	struct udphdr *udp = (void *)(ip + 1);

	if ((void *)(udp + 1) > end || ip->version != 4 || ip->ihl != 5)
		return 1;
	return !(ip->protocol == IPPROTO_UDP && udp->dest == bpf_htons(port) && hit());
}

SEC("cgroup_skb/ingress")
int on_ingress(struct __sk_buff *ctx)
{
	return passes(ctx);
}

SEC("cgroup_skb/egress")
int on_egress(struct __sk_buff *ctx)
{
	return passes(ctx);
}

SEC("cgroup/skb")
int on_skb(struct __sk_buff *ctx)
{
	return passes(ctx);
}

/* No TCP for this group. */
static __always_inline int no_stream(struct bpf_sock *ctx)
{
	return !(ctx->type == 1 /* SOCK_STREAM */ && hit());
}

SEC("cgroup/sock_create")
int on_create(struct bpf_sock *ctx)
{
	return no_stream(ctx);
}

SEC("cgroup/sock")
int on_sock(struct bpf_sock *ctx)
{
	return no_stream(ctx);
}

SEC("cgroup/sock_release")
int on_release(struct bpf_sock *ctx)
{
	if (ctx->type == 1)
		hit();
	return 1;
}

SEC("cgroup/post_bind4")
int on_post_bind4(struct bpf_sock *ctx)
{
	return !(ctx->src_port == port && hit());
}

SEC("cgroup/post_bind6")
int on_post_bind6(struct bpf_sock *ctx)
{
	return !(ctx->src_port == port && hit());
}

static __always_inline int forbid(struct bpf_sock_addr *ctx)
{
	return !(ctx->user_port == bpf_htons(port) && hit());
}

static __always_inline int replace(struct bpf_sock_addr *ctx)
{
	if (ctx->user_port == bpf_htons(port) && hit())
		ctx->user_port = bpf_htons(other);
	return 1;
}

#define on_address(NAME, SECTION, WHAT)     \
	SEC("cgroup/" SECTION)              \
	int NAME(struct bpf_sock_addr *ctx) \
	{                                   \
		return WHAT(ctx);           \
	}

on_address(on_bind4, "bind4", forbid)
on_address(on_bind6, "bind6", forbid)
on_address(on_connect4, "connect4", replace)
on_address(on_connect6, "connect6", replace)
on_address(on_sendmsg4, "sendmsg4", replace)
on_address(on_sendmsg6, "sendmsg6", replace)
on_address(on_recvmsg4, "recvmsg4", replace)
on_address(on_recvmsg6, "recvmsg6", replace)
on_address(on_getpeername4, "getpeername4", replace)
on_address(on_getpeername6, "getpeername6", replace)
on_address(on_getsockname4, "getsockname4", replace)
on_address(on_getsockname6, "getsockname6", replace)

static __always_inline int no_unix(struct bpf_sock_addr *ctx)
{
	hit();
	return 0;
}

static __always_inline int look(struct bpf_sock_addr *ctx)
{
	return hit();
}

on_address(on_connect_unix, "connect_unix", no_unix)
on_address(on_sendmsg_unix, "sendmsg_unix", no_unix)
on_address(on_recvmsg_unix, "recvmsg_unix", look)
on_address(on_getpeername_unix, "getpeername_unix", look)
on_address(on_getsockname_unix, "getsockname_unix", look)

SEC("cgroup/sysctl")
int on_sysctl(struct bpf_sysctl *ctx)
{
	char name[8];

	if (bpf_sysctl_get_name(ctx, name, sizeof(name), BPF_F_SYSCTL_BASE_NAME) != 6 ||
	    name[0] != 'o' || name[5] != 'e') /* ostype */
		return 1;
	hit();
	return 0;
}

/* SO_PRIORITY, which reads as 77 and is set to 3. */
static __always_inline int *priority_of(struct bpf_sockopt *ctx)
{
	int *value = ctx->optval;

	if (ctx->level != 1 /* SOL_SOCKET */ || ctx->optname != 12)
		return 0;
	return (void *)(value + 1) > ctx->optval_end ? 0 : value;
}

SEC("cgroup/getsockopt")
int on_getsockopt(struct bpf_sockopt *ctx)
{
	int *value = priority_of(ctx);

	if (!value)
		return 1;
	hit();
	*value = 77;
	return 1;
}

SEC("cgroup/setsockopt")
int on_setsockopt(struct bpf_sockopt *ctx)
{
	int *value = priority_of(ctx);

	if (!value)
		return 1;
	hit();
	*value = 3;
	return 1;
}

SEC("cgroup/dev")
int on_device(struct bpf_cgroup_dev_ctx *ctx)
{
	return !(ctx->major == 1 && ctx->minor == 5 /* /dev/zero */ && hit());
}

SEC("sockops")
int on_sockops(struct bpf_sock_ops *ctx)
{
	if (ctx->op == BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB && ctx->remote_port == bpf_htonl(port))
		hit();
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
