// What a socket keeps, copied to the sockets that it accepts.
#include "context.h"

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | 1 << 9 /* BPF_F_CLONE */);
	__type(key, int);
	__type(value, __u32);
} kept SEC(".maps");

SEC("cgroup/sock_create")
int use(struct bpf_sock *sock)
{
	__u32 *mark = bpf_sk_storage_get(&kept, sock, 0, 1);

	if (mark)
		*mark = 1;
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
