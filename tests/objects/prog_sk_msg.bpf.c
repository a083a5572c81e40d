// Messages between sockets, by a hash of the port.
#include "context.h"

struct {
	__uint(type, BPF_MAP_TYPE_SOCKHASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u64);
} by_port SEC(".maps");

SEC("sk_msg")
int send(struct sk_msg_md *message)
{
	__u32 port = message->remote_port;

	bpf_msg_apply_bytes(message, message->size);
	return bpf_msg_redirect_hash(message, &by_port, &port, 1);
}

char LICENSE[] SEC("license") = "GPL";
