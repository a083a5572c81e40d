// SPDX-License-Identifier: MIT OR GPL-2.0-only
// One exec, seen from six hooks: each says its name once for each program that starts.
//   skep run execve_hooks.bpf.c
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "skep/stream.bpf.h"

enum hook { ksyscall, kprobe, fentry, tracepoint, btf_tracepoint, raw_tracepoint };

struct event {
	__u32 pid;
	enum hook hook;
};

SKEP_STREAM(events, struct event, 64 * 1024);

static __always_inline int seen(enum hook hook)
{
	struct event *event = skep_reserve(events);

	if (event) {
		event->pid = bpf_get_current_pid_tgid() >> 32;
		event->hook = hook;
		skep_submit(event);
	}
	return 0;
}

SEC("ksyscall/execve")
int on_ksyscall(struct pt_regs *ctx)
{
	return seen(ksyscall);
}

SEC("kprobe/begin_new_exec")
int on_kprobe(struct pt_regs *ctx)
{
	return seen(kprobe);
}

SEC("fentry/begin_new_exec")
int BPF_PROG(on_fentry, struct linux_binprm *program)
{
	return seen(fentry);
}

SEC("tp/syscalls/sys_enter_execve")
int on_tracepoint(void *ctx)
{
	return seen(tracepoint);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_btf_tracepoint, struct task_struct *task)
{
	return seen(btf_tracepoint);
}

SEC("raw_tp/sched_process_exec")
int on_raw_tracepoint(void *ctx)
{
	return seen(raw_tracepoint);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
