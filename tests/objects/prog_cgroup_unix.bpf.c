// SEC: the control group hooks of unix sockets (kernel 6.7, libbpf 1.3).
#include "oracle.h"

#define program(NAME, SECTION) \
	SEC(SECTION)               \
	int NAME(void *ctx)        \
	{                          \
		return 0;          \
	}

program(connect_unix, "cgroup/connect_unix")
program(send_unix, "cgroup/sendmsg_unix")
program(recv_unix, "cgroup/recvmsg_unix")
program(peer_unix, "cgroup/getpeername_unix")
program(name_unix, "cgroup/getsockname_unix")

char LICENSE[] SEC("license") = "GPL";
