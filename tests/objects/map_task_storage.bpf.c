// oracle: types vmlinux 6.1 6.12
// What a task keeps: made on first use.
#include "oracle.h"

struct task_struct;

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u64);
} kept SEC(".maps");

SEC("tp_btf/sys_enter")
int use(void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 *calls = bpf_task_storage_get(&kept, task, 0, 1);

	if (calls)
		++*calls;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
