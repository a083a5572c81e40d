/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* opensnoop: every open(2), creat(2), openat(2) and openat2(2), when it returns.
 *
 * All is read at the system call's exit, from the registers that user space called with: there the
 * kernel has read the path itself, so that its pages are resident, however cold they were before.
 *
 * What it cannot show:
 * - A path that another thread changed while the call ran is shown as changed.
 * - A call that the kernel refused before it looked at the path (bad flags, a path at a wild
 *   address) shows the path only if it happens to be resident; else it is marked as cut ("…").
 * - System calls of 32-bit processes on a 64-bit kernel: these tracepoints leave them out
 *   (kernel/trace/trace_syscalls.c, trace_get_syscall_nr). Opens through io_uring or from inside
 *   the kernel (execve reading its program) are not system calls named open.
 *
 * Process numbers are those of the initial pid namespace. Paths are as the program gave them,
 * relative ones too.
 */
#include "skep/vmlinux_min.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "skep/columns.bpf.h"
#include "skep/filter.bpf.h"
#include "skep/stream.bpf.h"
#include "skep/text.bpf.h"
#include "skep/tool.bpf.h"

SKEP_DESCRIPTION("Trace files being opened, with the descriptor or why there is none");

/* Only opens that failed. */
const volatile bool failed = false;

/* include/uapi/asm-generic/fcntl.h: the same on x86 and arm64. */
#define O_WRONLY 00000001
#define O_CREAT 00000100
#define O_TRUNC 00001000
#define O_TMPFILE_BIT 020000000

struct open_event {
	skep_time_ns_t time;
	int pid;
	skep_uid_t uid;
	char comm[16];
	skep_result_t ret; /* the descriptor, or why there is none */
	skep_open_flags_t flags;
	skep_mode_t mode; /* asked for; 0 when the call does not create */
	skep_text_t path;
};

struct buffer {
	struct open_event event;
	char data[SKEP_PATH_ROOM];
};

enum program { on_open, on_creat, on_openat, on_openat2, programs };

SKEP_STREAM(events, struct open_event, 1024 * 1024);
SKEP_EARLY(events, struct open_event); /* before the path is read */
SKEP_SCRATCH(scratch, struct buffer, programs);

/* struct open_how of openat2(2), include/uapi/linux/openat2.h */
struct open_how_user {
	__u64 flags;
	__u64 mode;
	__u64 resolve;
};

static __always_inline bool wanted(long ret)
{
	return (!failed || ret < 0) && skep_wanted();
}

static __always_inline int report(enum program program, long ret, unsigned long path,
				  __u64 flags, __u64 mode)
{
	struct buffer *b = skep_scratch(scratch, program);
	__u64 length = sizeof(b->event);

	if (!b)
		return 0;
	b->event.time = bpf_ktime_get_boot_ns();
	b->event.pid = bpf_get_current_pid_tgid() >> 32;
	b->event.uid = bpf_get_current_uid_gid();
	bpf_get_current_comm(b->event.comm, sizeof(b->event.comm));
	b->event.ret = ret;
	b->event.flags = flags;
	b->event.mode = flags & (O_CREAT | O_TMPFILE_BIT) ? mode & 07777 : 0;
	if (skep_unwanted(events, &b->event))
		return 0;
	length += skep_text_from_user(&b->event.path, b->data, length, sizeof(b->data),
				      (const void *)path);
	skep_output(events, b, length);
	return 0;
}

static __always_inline struct pt_regs *user_registers(void)
{
	return (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
}

#ifdef __TARGET_ARCH_x86 /* newer architectures have only openat and openat2 */
SEC("tp/syscalls/sys_exit_open")
int open_exit(struct trace_event_raw_sys_exit *ctx)
{
	struct pt_regs *regs;

	if (!wanted(ctx->ret))
		return 0;
	regs = user_registers();
	return report(on_open, ctx->ret, PT_REGS_PARM1_CORE_SYSCALL(regs),
		      PT_REGS_PARM2_CORE_SYSCALL(regs), PT_REGS_PARM3_CORE_SYSCALL(regs));
}

SEC("tp/syscalls/sys_exit_creat")
int creat_exit(struct trace_event_raw_sys_exit *ctx)
{
	struct pt_regs *regs;

	if (!wanted(ctx->ret))
		return 0;
	regs = user_registers();
	return report(on_creat, ctx->ret, PT_REGS_PARM1_CORE_SYSCALL(regs),
		      O_CREAT | O_WRONLY | O_TRUNC, PT_REGS_PARM2_CORE_SYSCALL(regs));
}
#endif

SEC("tp/syscalls/sys_exit_openat")
int openat_exit(struct trace_event_raw_sys_exit *ctx)
{
	struct pt_regs *regs;

	if (!wanted(ctx->ret))
		return 0;
	regs = user_registers();
	return report(on_openat, ctx->ret, PT_REGS_PARM2_CORE_SYSCALL(regs),
		      PT_REGS_PARM3_CORE_SYSCALL(regs), PT_REGS_PARM4_CORE_SYSCALL(regs));
}

SEC("tp/syscalls/sys_exit_openat2")
int openat2_exit(struct trace_event_raw_sys_exit *ctx)
{
	struct open_how_user how = {};
	struct pt_regs *regs;

	if (!wanted(ctx->ret))
		return 0;
	regs = user_registers();
	/* Left zero when it cannot be read: then the kernel could not either (EFAULT). */
	bpf_probe_read_user(&how, sizeof(how), (const void *)PT_REGS_PARM3_CORE_SYSCALL(regs));
	return report(on_openat2, ctx->ret, PT_REGS_PARM2_CORE_SYSCALL(regs), how.flags, how.mode);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
