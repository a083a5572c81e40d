// Who reads and writes sysctls.
#include "context.h"

char name[32];

SEC("cgroup/sysctl")
int watch(struct bpf_sysctl *sysctl)
{
	bpf_sysctl_get_name(sysctl, name, sizeof(name), 0);
	return !sysctl->write;
}

char LICENSE[] SEC("license") = "GPL";
