// oracle: types vmlinux 6.1 6.12
// A hook of the security modules: arguments, and a verdict.
#include "oracle.h"

struct file {
	unsigned int f_flags;
} __attribute__((preserve_access_index));

SEC("lsm/file_open")
int open(__u64 *arguments)
{
	struct file *file = (void *)arguments[0];

	return file->f_flags & 1 ? -13 : 0;
}

char LICENSE[] SEC("license") = "GPL";
