// Control groups that user space puts into an array.
#include "oracle.h"

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} groups SEC(".maps");

SEC("raw_tp/sys_enter")
int use(void *ctx)
{
	return bpf_current_task_under_cgroup(&groups, 1) == 1;
}

char LICENSE[] SEC("license") = "GPL";
