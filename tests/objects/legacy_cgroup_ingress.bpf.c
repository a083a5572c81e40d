// oracle: refused
// oracle: says SEC("cgroup_skb/ingress")
// SEC("cgroup/ingress"), of another loader.
#include "oracle.h"

SEC("cgroup/ingress")
int old(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
