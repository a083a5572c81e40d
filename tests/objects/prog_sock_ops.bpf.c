// TCP as it goes on: a socket is put into a map once it is established.
#include "context.h"

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} sockets SEC(".maps");

SEC("sockops")
int watch(struct bpf_sock_ops *ops)
{
	__u32 key = ops->local_port & 15;

	if (ops->op == 4 || ops->op == 5)
		bpf_sock_map_update(ops, &sockets, &key, 0);
	ops->reply = -1;
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
