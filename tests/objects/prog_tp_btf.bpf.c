// oracle: types vmlinux 6.1 6.12 shifted
// A tracepoint with the types of its arguments: members are read through them, by CO-RE.
#include "oracle.h"

struct task_struct {
	int pid, tgid;
	char comm[16];
} __attribute__((preserve_access_index));
int parent, child;

SEC("tp_btf/sched_process_fork")
int on_fork(__u64 *arguments)
{
	struct task_struct *from = (void *)arguments[0], *to = (void *)arguments[1];

	parent = from->tgid;
	child = to->pid;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
