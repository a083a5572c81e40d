// Sockets by a key of several words.
#include "context.h"

struct pair {
	__u32 from, to;
	__u16 from_port, to_port;
};

struct {
	__uint(type, BPF_MAP_TYPE_SOCKHASH);
	__uint(max_entries, 1024);
	__type(key, struct pair);
	__type(value, __u32);
} sockets SEC(".maps");

SEC("sockops")
int use(struct bpf_sock_ops *ops)
{
	struct pair pair = {.from = ops->local_ip4, .to = ops->remote_ip4};

	return bpf_sock_hash_update(ops, &sockets, &pair, 0) == 0;
}

char LICENSE[] SEC("license") = "GPL";
