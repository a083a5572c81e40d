// SEC: names that libbpf learnt after 1.1: tcx, netkit, netfilter, multi uprobes.
#include "oracle.h"

#define program(NAME, SECTION) \
	SEC(SECTION)               \
	int NAME(void *ctx)        \
	{                          \
		return 0;          \
	}

program(tcx_in, "tcx/ingress")
program(tcx_out, "tcx/egress")
program(tc_in, "tc/ingress")
program(tc_out, "tc/egress")
program(netkit_prim, "netkit/primary")
program(netkit_peer, "netkit/peer")
program(nf, "netfilter")
program(umulti, "uprobe.multi//bin/bash:read*")
program(uretmulti, "uretprobe.multi//bin/bash:read*")
program(umulti_s, "uprobe.multi.s//bin/bash:read*")
program(ksession, "kprobe.session/tcp_*")

char LICENSE[] SEC("license") = "GPL";
