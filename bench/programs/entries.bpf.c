/* A hash with as many entries as are asked for, which an iterator's first run fills: how long it takes to show them. */
#include "skep/vmlinux_min.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

const volatile unsigned int entries = 1000;
unsigned int made;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 100000);
	__type(key, __u32);
	__type(value, __u64);
} numbers SEC(".maps");

static long make(__u64 index, void *context)
{
	__u32 key = index;
	__u64 value = index * 7;

	bpf_map_update_elem(&numbers, &key, &value, BPF_ANY);
	return 0;
}

/* The first system call of anybody fills it: that of the reader's own waiting at the latest. */
SEC("tp/raw_syscalls/sys_enter")
int fill(void *ctx)
{
	if (made || !__sync_bool_compare_and_swap(&made, 0, 1))
		return 0;
	bpf_loop(entries, make, NULL, 0);
	return 0;
}
