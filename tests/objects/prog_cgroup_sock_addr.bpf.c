// Addresses as they are given to connect and bind: one is changed.
#include "context.h"

SEC("cgroup/connect4")
int redirect(struct bpf_sock_addr *address)
{
	if (address->user_port == 0x591b)
		address->user_port = 0xbc1b;
	return 1;
}

SEC("cgroup/bind6")
int only_loopback(struct bpf_sock_addr *address)
{
	return address->user_ip6[0] == 0 && address->user_ip6[3] == 0x1000000;
}

char LICENSE[] SEC("license") = "GPL";
