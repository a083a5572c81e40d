// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Nobody connects to one address of IPv4, as long as this runs. By a hook of the security modules;
// they must have "bpf" among them (/sys/kernel/security/lsm), or it is loaded and never asked. Where
// the kernel takes no such program, main.cpp hangs the one for control groups on their root.
//   lsm-connect 1.1.1.1
#include "vmlinux.h"
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "skep/stream.bpf.h"

#define AF_INET 2
#define EPERM 1

const volatile __be32 blocked = 0; /* network byte order, as in the packet */

struct refusal {
	__u32 pid;
	char comm[16];
	__u16 port; /* host byte order */
};

SKEP_STREAM(refusals, struct refusal, 64 * 1024);

static __always_inline void report(__be16 port)
{
	struct refusal *refusal = skep_reserve(refusals);

	if (!refusal)
		return;
	refusal->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(refusal->comm, sizeof(refusal->comm));
	refusal->port = bpf_ntohs(port);
	skep_submit(refusal);
}

SEC("lsm/socket_connect")
int BPF_PROG(on_connect, struct socket *socket, struct sockaddr *address, int length, int ret)
{
	struct sockaddr_in *to = (struct sockaddr_in *)address;

	if (ret) /* another program has refused it: that stands */
		return ret;
	if (address->sa_family != AF_INET || to->sin_addr.s_addr != blocked)
		return 0;
	report(to->sin_port);
	return -EPERM;
}

SEC("cgroup/connect4")
int on_connect_of_group(struct bpf_sock_addr *address)
{
	if (address->user_ip4 != blocked)
		return 1;
	report(address->user_port);
	return 0; /* the caller gets EPERM */
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
