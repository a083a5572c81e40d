// Sections in which every variable is hidden or static: user space has nothing to map there, so
// libbpf does not ask for BPF_F_MMAPABLE; one visible variable is enough to ask.
#include "oracle.h"

__hidden int only_hidden SEC(".data.secret") = 4;
static volatile int only_static SEC(".data.own") = 5;
__hidden int hidden SEC(".data.mixed") = 6;
int visible SEC(".data.mixed") = 7;
__hidden int hidden_zero;

SEC("raw_tp/hide")
int hide(void *ctx)
{
	only_hidden++;
	only_static++;
	hidden += visible;
	return hidden_zero++;
}

char LICENSE[] SEC("license") = "GPL";
