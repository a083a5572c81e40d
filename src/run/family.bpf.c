/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Which processes and threads descend from one: `skep run … -- COMMAND`. A child is known before it can
 * do anything, since the tracepoint comes before it is woken. */
#include "skep/vmlinux_min.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

/* Numbers of processes and of threads, in the initial pid namespace. They stay, for records that are
 * read when their process is gone. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1 << 20);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u8);
} family SEC(".maps");

__u64 missed; /* that found no room */
__u64 begun;  /* the first one has come */

/* Who makes the first one: its number in its own pid namespace, which may not be the initial one. */
const volatile __u64 space_device = 0, space_inode = 0;
const volatile __u32 maker = 0;

static __always_inline void add(__u32 number)
{
	__u8 one = 1;

	if (bpf_map_update_elem(&family, &number, &one, BPF_ANY) != 0)
		__sync_fetch_and_add(&missed, 1);
}

/* include/uapi/linux/bpf.h */
struct bpf_pidns_info {
	__u32 pid, tgid;
};

/* The tracepoint comes in the parent. */
static __always_inline int is_first(void)
{
	struct bpf_pidns_info mine = {};

	if (begun)
		return 0;
	if (bpf_get_ns_current_pid_tgid(space_device, space_inode, &mine, sizeof(mine)) != 0)
		return 0;
	return mine.tgid == maker;
}

SEC("raw_tp/sched_process_fork")
int born(__u64 *ctx) /* the parent, the child */
{
	struct task_struct *parent = (void *)ctx[0], *child = (void *)ctx[1];
	__u32 process = BPF_CORE_READ(parent, tgid);

	if (is_first())
		begun = 1;
	else if (!bpf_map_lookup_elem(&family, &process))
		return 0;
	add(BPF_CORE_READ(child, tgid));
	add(BPF_CORE_READ(child, pid));
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
