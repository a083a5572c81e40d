// Devices to send to; a program runs for each packet that leaves.
#include "oracle.h"

struct device {
	__u32 index;
	int program;
};

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct device);
} devices SEC(".maps");

SEC("xdp")
int use(void *ctx)
{
	return bpf_redirect_map(&devices, 1, 0);
}

SEC("xdp/devmap")
int leave(void *ctx)
{
	return 2;
}

char LICENSE[] SEC("license") = "GPL";
