// NAME, the kernel's side: counts the IPv4 packets that an interface receives, by protocol.
//   skep run NAME.bpf.c --iface eth0
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* One counter for each protocol and CPU, so that CPUs never write to one line of memory. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, __u64);
} packets SEC(".maps");

SEC("xdp")
int count_packets(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *ethernet = data;
	struct iphdr *ip = (void *)(ethernet + 1);
	__u32 protocol;
	__u64 *count;

	/* The verifier wants to see that nothing behind the packet's end is read. */
	if ((void *)(ip + 1) > end || ethernet->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	protocol = ip->protocol;
	count = bpf_map_lookup_elem(&packets, &protocol);
	if (count)
		++*count;
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
