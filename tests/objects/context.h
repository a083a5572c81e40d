/* What programs are given, as far as the prog_ and map_ objects look at it: the first members of
 * the structs of include/uapi/linux/bpf.h. The verifier rewrites these reads, so no CO-RE here.
 */
#ifndef SKEP_TESTS_CONTEXT_H
#define SKEP_TESTS_CONTEXT_H

#include "oracle.h"

#define context_pointer(TYPE, NAME) \
	union {                     \
		TYPE NAME;          \
		__u64 : 64;         \
	} __attribute__((aligned(8)))

struct __sk_buff {
	__u32 len, pkt_type, mark, queue_mapping, protocol, vlan_present, vlan_tci, vlan_proto;
	__u32 priority, ingress_ifindex, ifindex, tc_index, cb[5], hash, tc_classid, data, data_end;
};

struct xdp_md {
	__u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex;
};

struct bpf_sock {
	__u32 bound_dev_if, family, type, protocol, mark, priority;
};

struct bpf_sock_addr {
	__u32 user_family, user_ip4, user_ip6[4], user_port, family, type, protocol;
};

struct bpf_sock_ops {
	__u32 op;
	union {
		__u32 args[4], reply;
	};
	__u32 family, remote_ip4, local_ip4, remote_ip6[4], local_ip6[4], remote_port, local_port;
};

struct sk_msg_md {
	context_pointer(void *, data);
	context_pointer(void *, data_end);
	__u32 family, remote_ip4, local_ip4, remote_ip6[4], local_ip6[4], remote_port, local_port;
	__u32 size;
};

struct sk_reuseport_md {
	context_pointer(void *, data);
	context_pointer(void *, data_end);
	__u32 len, eth_protocol, ip_protocol, bind_inany, hash;
};

struct bpf_sk_lookup {
	context_pointer(struct bpf_sock *, sk);
	__u32 family, protocol, remote_ip4, remote_ip6[4];
	__be16 remote_port;
	__u16 : 16;
	__u32 local_ip4, local_ip6[4], local_port, ingress_ifindex;
};

struct bpf_cgroup_dev_ctx {
	__u32 access_type, major, minor;
};

struct bpf_sysctl {
	__u32 write, file_pos;
};

struct bpf_sockopt {
	context_pointer(struct bpf_sock *, sk);
	context_pointer(void *, optval);
	context_pointer(void *, optval_end);
	int level, optname, optlen, retval;
};

#define packet(CONTEXT) ((void *)(long)(CONTEXT)->data)
#define packet_end(CONTEXT) ((void *)(long)(CONTEXT)->data_end)

#endif
