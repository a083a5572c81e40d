// oracle: types vmlinux 6.1 6.12
// What a file keeps.
#include "oracle.h"

struct inode;
struct file {
	struct inode *f_inode;
} __attribute__((preserve_access_index));

struct {
	__uint(type, BPF_MAP_TYPE_INODE_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u64);
} kept SEC(".maps");

SEC("lsm/file_open")
int use(__u64 *arguments)
{
	struct file *file = (void *)arguments[0];
	__u64 *opens = bpf_inode_storage_get(&kept, file->f_inode, 0, 1);

	if (opens)
		++*opens;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
