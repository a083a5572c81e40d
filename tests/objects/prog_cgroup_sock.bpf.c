// Sockets as a control group makes, binds and releases them.
#include "context.h"

SEC("cgroup/sock_create")
int make(struct bpf_sock *sock)
{
	sock->mark = 7;
	return sock->type != 3;
}

SEC("cgroup/post_bind4")
int bound(struct bpf_sock *sock)
{
	return sock->family == 2;
}

SEC("cgroup/sock_release")
int release(struct bpf_sock *sock)
{
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
