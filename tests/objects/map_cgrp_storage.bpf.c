// oracle: types vmlinux 6.1 6.12
// What a control group keeps (kernel 6.2).
#include "oracle.h"

struct cgroup;
struct css_set {
	struct cgroup *dfl_cgrp;
} __attribute__((preserve_access_index));
struct task_struct {
	struct css_set *cgroups;
} __attribute__((preserve_access_index));

struct {
	__uint(type, BPF_MAP_TYPE_CGRP_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u64);
} kept SEC(".maps");

SEC("tp_btf/sys_enter")
int use(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task_btf();
	__u64 *calls = bpf_cgrp_storage_get(&kept, task->cgroups->dfl_cgrp, 0, 1);

	if (calls)
		++*calls;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
