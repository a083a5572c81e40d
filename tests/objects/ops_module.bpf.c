// oracle: module
// A table of functions that a module has.
#include "oracle.h"

struct task_struct;

struct skep_toy_ops {
	int (*call)(struct task_struct *task, int how);
	int size;
};

SEC("struct_ops")
int answer(unsigned long long *context)
{
	return 7;
}

SEC(".struct_ops.link")
struct skep_toy_ops toy = {
	.call = (void *)answer,
	.size = 3,
};

char LICENSE[] SEC("license") = "GPL";
