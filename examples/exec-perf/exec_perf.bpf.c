// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A record for each execve, through a perf buffer: one for each CPU, as before kernel 5.8. The
// record is put together on the stack and copied; lost ones are told by the kernel. See exec-ring.
//   exec-perf
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

struct event {
	__u32 pid, ppid, uid;
	char path[64];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} events SEC(".maps");

struct event unused; /* so that its type is in the object, and in the header that is made of it */

SEC("tp/syscalls/sys_enter_execve")
int on_execve(struct trace_event_raw_sys_enter *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct event event = {};

	event.pid = bpf_get_current_pid_tgid() >> 32;
	event.ppid = BPF_CORE_READ(task, real_parent, tgid);
	event.uid = bpf_get_current_uid_gid();
	bpf_probe_read_user_str(event.path, sizeof(event.path), (const char *)ctx->args[0]);
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
