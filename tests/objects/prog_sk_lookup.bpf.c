// Which socket listens, whatever it was bound to.
#include "context.h"

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} listener SEC(".maps");

SEC("sk_lookup")
int find(struct bpf_sk_lookup *lookup)
{
	__u32 zero = 0;
	struct bpf_sock *sock;
	long error;

	if (lookup->local_port != 7001)
		return 1;
	sock = bpf_map_lookup_elem(&listener, &zero);
	if (!sock)
		return 1;
	error = bpf_sk_assign(lookup, sock, 0);
	bpf_sk_release(sock);
	return error ? 0 : 1;
}

char LICENSE[] SEC("license") = "GPL";
