// Devices to send to, by any number; to all of them.
#include "oracle.h"

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u32);
} devices SEC(".maps");

SEC("xdp")
int use(void *ctx)
{
	return bpf_redirect_map(&devices, 0, 1 << 3 | 1 << 4);
}

char LICENSE[] SEC("license") = "GPL";
