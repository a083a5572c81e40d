// SEC: programs of the network, with the attach types that the names imply.
#include "oracle.h"

#define program(NAME, SECTION) \
	SEC(SECTION)               \
	int NAME(void *ctx)        \
	{                          \
		return 0;          \
	}

program(filter, "socket")
program(xdp_plain, "xdp")
program(xdp_frags, "xdp.frags")
program(xdp_dev, "xdp/devmap")
program(xdp_devf, "xdp.frags/devmap")
program(xdp_cpu, "xdp/cpumap")
program(xdp_cpuf, "xdp.frags/cpumap")
program(tc_plain, "tc")
program(classifier_p, "classifier")
program(action_p, "action")
program(sockops_p, "sockops")
program(skskb_parser, "sk_skb/stream_parser")
program(skskb_verdict, "sk_skb/stream_verdict")
program(skskb_plain, "sk_skb")
program(skmsg, "sk_msg")
program(lookup, "sk_lookup")
program(reuse, "sk_reuseport")
program(reuse_migrate, "sk_reuseport/migrate")
program(dissector, "flow_dissector")
program(lwt_i, "lwt_in")
program(lwt_o, "lwt_out")
program(lwt_x, "lwt_xmit")
program(lwt_s, "lwt_seg6local")
program(lirc, "lirc_mode2")
program(sys, "syscall")

char LICENSE[] SEC("license") = "GPL";
