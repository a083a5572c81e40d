/* The same events as those of obs.bpf.c, sent as skep has it: what `skep run` shows without more. */
#include "skep/vmlinux_min.h"
#include <bpf/bpf_helpers.h>
#include "skep/columns.bpf.h"
#include "skep/stream.bpf.h"
#include "events.h"

char LICENSE[] SEC("license") = "GPL";

#ifndef RING
#define RING (4 * 1024 * 1024)
#endif

const volatile int target = 0;

static __always_inline bool is_other(void)
{
	return target && (int)(bpf_get_current_pid_tgid() >> 32) != target;
}

#ifdef OPENED
SKEP_STREAM(events, struct opened, RING);

SEC("tp/syscalls/sys_enter_openat")
int opened(struct trace_event_raw_sys_enter *ctx)
{
	struct opened *e;
	__u64 id;

	if (is_other())
		return 0;
	e = skep_reserve(events);
	if (!e)
		return 0;
	id = bpf_get_current_pid_tgid();
	e->time = bpf_ktime_get_ns();
	e->pid = id >> 32;
	e->tid = id;
	e->uid = bpf_get_current_uid_gid();
	e->flags = ctx->args[2];
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	bpf_probe_read_user_str(e->path, sizeof(e->path), (void *)ctx->args[1]);
	skep_submit(e);
	return 0;
}
#else
SKEP_STREAM(events, struct RECORD, RING);

unsigned long long number;

SEC("tp/syscalls/sys_enter_getppid")
int on_getppid(void *ctx)
{
	struct RECORD *e;
	__u64 id;

	if (is_other())
		return 0;
	e = skep_reserve(events);
	if (!e)
		return 0;
	id = bpf_get_current_pid_tgid();
	e->time = bpf_ktime_get_ns();
	e->number = __sync_fetch_and_add(&number, 1);
	e->pid = id >> 32;
	e->tid = id;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	__builtin_memset(e->text, 'x', sizeof(e->text));
	e->text[sizeof(e->text) - 1] = 0;
	skep_submit(e);
	return 0;
}
#endif
