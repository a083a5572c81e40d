// SEC: programs of control groups: every attach point has its own name.
#include "oracle.h"

#define program(NAME, SECTION) \
	SEC(SECTION)               \
	int NAME(void *ctx)        \
	{                          \
		return 0;          \
	}

program(skb_in, "cgroup_skb/ingress")
program(skb_out, "cgroup_skb/egress")
program(skb_any, "cgroup/skb")
program(sock_make, "cgroup/sock_create")
program(sock_free, "cgroup/sock_release")
program(sock_old, "cgroup/sock")
program(post4, "cgroup/post_bind4")
program(post6, "cgroup/post_bind6")
program(bind4, "cgroup/bind4")
program(bind6, "cgroup/bind6")
program(connect4, "cgroup/connect4")
program(connect6, "cgroup/connect6")
program(send4, "cgroup/sendmsg4")
program(send6, "cgroup/sendmsg6")
program(recv4, "cgroup/recvmsg4")
program(recv6, "cgroup/recvmsg6")
program(peer4, "cgroup/getpeername4")
program(peer6, "cgroup/getpeername6")
program(name4, "cgroup/getsockname4")
program(name6, "cgroup/getsockname6")
program(sysctl, "cgroup/sysctl")
program(getopt, "cgroup/getsockopt")
program(setopt, "cgroup/setsockopt")
program(device, "cgroup/dev")

char LICENSE[] SEC("license") = "GPL";
