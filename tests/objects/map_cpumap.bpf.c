// CPUs to hand packets to, and a program that runs there.
#include "oracle.h"

struct cpu {
	__u32 queue;
	int program;
};

struct {
	__uint(type, BPF_MAP_TYPE_CPUMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct cpu);
} cpus SEC(".maps");

SEC("xdp")
int use(void *ctx)
{
	return bpf_redirect_map(&cpus, 2, 0);
}

SEC("xdp.frags/cpumap")
int arrive(void *ctx)
{
	return 2;
}

char LICENSE[] SEC("license") = "GPL";
