// XDP: bounds of the packet, a header pushed, the verdict from a map.
#include "context.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, int);
} verdicts SEC(".maps");

SEC("xdp")
int judge(struct xdp_md *xdp)
{
	__u8 *bytes = packet(xdp);
	__u32 protocol;
	int *verdict;

	if ((void *)(bytes + 34) > packet_end(xdp))
		return 1;
	protocol = bytes[23];
	verdict = bpf_map_lookup_elem(&verdicts, &protocol);
	if (!verdict || bpf_xdp_adjust_head(xdp, -8))
		return 2;
	return *verdict;
}

char LICENSE[] SEC("license") = "GPL";
