// A program that user space calls: it may make system calls itself.
#include "oracle.h"

struct arguments {
	__u32 descriptor, result;
};

SEC("syscall")
int close_it(struct arguments *arguments)
{
	arguments->result = bpf_sys_close(arguments->descriptor);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
