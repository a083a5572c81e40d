// AF_XDP sockets by queue.
#include "context.h"

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u32);
} sockets SEC(".maps");

SEC("xdp")
int use(struct xdp_md *xdp)
{
	return bpf_redirect_map(&sockets, xdp->rx_queue_index, 2);
}

char LICENSE[] SEC("license") = "GPL";
