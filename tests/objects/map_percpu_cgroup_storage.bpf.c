// What a control group keeps for a program: a value for each CPU.
#include "oracle.h"

struct key {
	__u64 cgroup;
	__u32 attach_type;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE);
	__type(key, struct key);
	__type(value, __u64);
} kept SEC(".maps");

SEC("cgroup_skb/egress")
int use(void *ctx)
{
	__u64 *packets = bpf_get_local_storage(&kept, 0);

	__sync_fetch_and_add(packets, 1);
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
