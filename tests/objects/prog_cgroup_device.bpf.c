// Which devices a control group may open.
#include "context.h"

SEC("cgroup/dev")
int allow(struct bpf_cgroup_dev_ctx *device)
{
	return (device->access_type & 0xffff) == 2 && device->major == 1;
}

char LICENSE[] SEC("license") = "GPL";
