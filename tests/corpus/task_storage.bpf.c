// SPDX-License-Identifier: MIT OR GPL-2.0-only
// What a process began with is kept in its task, and sent when it ends.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct life { __u32 pid; __u32 execs; char comm[16]; };

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u32);
} execs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} ends SEC(".maps");

SEC("tp_btf/sched_process_exec")
int began(void *ctx)
{
	__u32 *count = bpf_task_storage_get(&execs, bpf_get_current_task_btf(), 0,
					    BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (count)
		*count += 1;
	return 0;
}

SEC("tp_btf/sched_process_exit")
int ended(void *ctx)
{
	__u32 *count = bpf_task_storage_get(&execs, bpf_get_current_task_btf(), 0, 0);
	struct life *life;

	if (!count)
		return 0;
	life = bpf_ringbuf_reserve(&ends, sizeof(*life), 0);
	if (!life)
		return 0;
	life->pid = bpf_get_current_pid_tgid() >> 32;
	life->execs = *count;
	bpf_get_current_comm(life->comm, sizeof(life->comm));
	bpf_ringbuf_submit(life, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
