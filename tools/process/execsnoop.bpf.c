/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* execsnoop: every program started by execve(2) or execveat(2), and every try that failed.
 *
 * A success is reported when the new program is in place (tracepoint sched_process_exec). Its
 * arguments are those that it will find, read from the pages that the kernel has just written:
 * for a script they begin with the interpreter, as in /proc/PID/cmdline; the path is the script.
 * pid is the process's, whichever of its threads called.
 *
 * A failure is reported when the system call returns, from the caller's memory:
 * - The path is whole, unless the kernel refused it before it read it (a wild address): "…".
 * - The arguments are those that the caller passed, as far as they are resident: the kernel may
 *   have refused the path before it looked at them. Where one cannot be read, is longer than
 *   4095 bytes or comes after the first 256, the rest is left out and the row says so ("…").
 * - An exec that fails after the old program is gone (the process dies of it) shows what the new,
 *   half-made memory has at these addresses: usually nothing.
 * - Failures of 32-bit processes on a 64-bit kernel are not seen: these tracepoints leave them out
 *   (kernel/trace/trace_syscalls.c, trace_get_syscall_nr). Their successes are.
 *
 * Process numbers are those of the initial pid namespace.
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

SKEP_DESCRIPTION("Trace programs being started, failed tries too");

/* Only tries that failed. */
const volatile bool failed = false;

/* Arguments beyond so many bytes are cut, and shown as cut. */
#define ARGS_ROOM (16 * 1024)
#define MAX_FAILED_ARGS 256
/* Read at most so much at once; all page sizes are multiples of it. */
#define CHUNK 4096

struct exec_event {
	skep_time_ns_t time;
	int pid;
	int ppid;
	skep_uid_t uid;
	char parent[16]; /* the name of the process that started this one */
	skep_result_t ret;
	skep_text_t path;
	skep_words_t args;
};

/* What the two loops below have come to. It lies in the buffer, as the verifier takes what comes from
 * a map for unknown: on the stack, it would follow every length that a word can have. */
struct walk {
	unsigned long from; /* user memory: of the vector the next pointer, else the first byte */
	__u64 at;           /* where the words begin in the data */
	__u64 length;       /* bytes of words so far */
	__u64 size;         /* how many are wanted, where that is known */
	bool whole;         /* the NULL that ends the vector was seen */
};

/* The last chunk makes room for a read that starts at the last byte that counts. */
struct buffer {
	struct exec_event event;
	char data[SKEP_PATH_ROOM + ARGS_ROOM + CHUNK];
	struct walk walk;
};

enum program { on_exec, on_execve_exit, on_execveat_exit, programs };

SKEP_STREAM(events, struct exec_event, 1024 * 1024);
SKEP_EARLY(events, struct exec_event); /* before path and arguments are read */
SKEP_SCRATCH(scratch, struct buffer, programs);

static __always_inline void fill(struct exec_event *event, long ret)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task_btf();
	struct task_struct *parent = BPF_CORE_READ(task, real_parent);

	event->time = bpf_ktime_get_boot_ns();
	event->pid = bpf_get_current_pid_tgid() >> 32;
	event->ppid = BPF_CORE_READ(parent, tgid);
	event->uid = bpf_get_current_uid_gid();
	BPF_CORE_READ_STR_INTO(&event->parent, parent, comm);
	event->ret = ret;
}

struct walk_context {
	struct buffer *b;
};

/* What is wanted of one page, or of the CHUNK of it that comes next; 1 ends the loop. */
static long read_page(__u64 index, void *context)
{
	struct buffer *b = ((struct walk_context *)context)->b;
	__u64 done = b->walk.length;
	unsigned long from = b->walk.from + done;
	__u64 part = CHUNK - (from & (CHUNK - 1));
	__u64 left = b->walk.size - done;
	__u64 at = b->walk.at + done;

	if (part > left)
		part = left;
	barrier_var(at);
	barrier_var(part);
	if (part == 0 || part > CHUNK || at >= SKEP_PATH_ROOM + ARGS_ROOM)
		return 1;
	if (bpf_probe_read_user(b->data + at, part, (const void *)from))
		return 1;
	b->walk.length = done + part;
	return 0;
}

/* The same bytes as one read would give, up to the first page that is not there. */
static __always_inline __u64 read_pages(struct buffer *b, __u64 at, __u64 size, unsigned long from)
{
	struct walk_context context = {.b = b};

	b->walk.from = from;
	b->walk.at = at;
	b->walk.length = 0;
	b->walk.size = size;
	bpf_loop(ARGS_ROOM / CHUNK + 1, read_page, &context, 0);
	return b->walk.length;
}

/* The argument strings lie one after the other in the new program's memory. */
static __always_inline __u64 read_args(struct buffer *b, __u64 at)
{
	struct mm_struct *mm = BPF_CORE_READ((struct task_struct *)bpf_get_current_task_btf(), mm);
	unsigned long start = BPF_CORE_READ(mm, arg_start);
	unsigned long total = BPF_CORE_READ(mm, arg_end) - start;
	__u64 length = total < ARGS_ROOM ? total : ARGS_ROOM;

	barrier_var(length);
	if (length > ARGS_ROOM)
		return 0;
	if (bpf_probe_read_user(b->data + at, length, (const void *)start))
		length = read_pages(b, at, length, start);
	barrier_var(length);
	if (length > ARGS_ROOM)
		length = ARGS_ROOM;
	b->event.args.offset = sizeof(b->event) + at;
	b->event.args.length = length;
	b->event.args.total = total;
	return length;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(exec_done, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)
{
	struct buffer *b;
	__u64 length;

	if (failed || !skep_wanted())
		return 0;
	b = skep_scratch(scratch, on_exec);
	if (!b)
		return 0;
	fill(&b->event, 0);
	if (skep_unwanted(events, &b->event))
		return 0;
	length = skep_text_from_kernel(&b->event.path, b->data, sizeof(b->event), SKEP_PATH_ROOM,
				       BPF_CORE_READ(bprm, filename));
	length += read_args(b, length);
	skep_output(events, b, sizeof(b->event) + length);
	return 0;
}

/* One pointer of the vector; 1 ends the loop. */
static long read_word(__u64 index, void *context)
{
	struct buffer *b = ((struct walk_context *)context)->b;
	__u64 at = b->walk.at + b->walk.length;
	const char *word;
	long size;

	if (bpf_probe_read_user(&word, sizeof(word), (const void *)b->walk.from))
		return 1;
	b->walk.from += sizeof(word);
	b->walk.whole = word == NULL;
	barrier_var(at);
	if (b->walk.whole || b->walk.length >= ARGS_ROOM || at >= SKEP_PATH_ROOM + ARGS_ROOM)
		return 1;
	size = bpf_probe_read_user_str(b->data + at, CHUNK, word);
	if (size <= 0)
		return 1;
	b->walk.length += size;
	return size == CHUNK;
}

/* A vector of pointers that ends in NULL, as execve takes it. (bpf_loop: kernel 5.17. A plain loop
 * takes the verifier 50 ms.) */
static __always_inline __u64 read_vector(struct buffer *b, __u64 at, unsigned long argv)
{
	struct walk_context context = {.b = b};
	__u64 length;
	bool whole;

	b->walk.from = argv;
	b->walk.at = at;
	b->walk.length = 0;
	b->walk.whole = !argv; /* the kernel takes NULL as no arguments */
	if (argv)
		bpf_loop(MAX_FAILED_ARGS, read_word, &context, 0);
	whole = b->walk.whole;
	length = b->walk.length;
	barrier_var(length);
	if (length > ARGS_ROOM) {
		length = ARGS_ROOM;
		whole = false;
	}
	b->event.args.offset = sizeof(b->event) + at;
	b->event.args.length = length;
	b->event.args.total = whole ? length : length + 1;
	return length;
}

static __always_inline int report_failure(enum program program, long ret, unsigned long path,
					  unsigned long argv)
{
	struct buffer *b = skep_scratch(scratch, program);
	__u64 length;

	if (!b)
		return 0;
	fill(&b->event, ret);
	if (skep_unwanted(events, &b->event))
		return 0;
	length = skep_text_from_user(&b->event.path, b->data, sizeof(b->event), SKEP_PATH_ROOM,
				     (const void *)path);
	length += read_vector(b, length, argv);
	skep_output(events, b, sizeof(b->event) + length);
	return 0;
}

static __always_inline struct pt_regs *user_registers(void)
{
	return (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
}

SEC("tp/syscalls/sys_exit_execve")
int execve_exit(struct trace_event_raw_sys_exit *ctx)
{
	struct pt_regs *regs;

	if (ctx->ret >= 0 || !skep_wanted())
		return 0;
	regs = user_registers();
	return report_failure(on_execve_exit, ctx->ret, PT_REGS_PARM1_CORE_SYSCALL(regs),
			      PT_REGS_PARM2_CORE_SYSCALL(regs));
}

SEC("tp/syscalls/sys_exit_execveat")
int execveat_exit(struct trace_event_raw_sys_exit *ctx)
{
	struct pt_regs *regs;

	if (ctx->ret >= 0 || !skep_wanted())
		return 0;
	regs = user_registers();
	return report_failure(on_execveat_exit, ctx->ret, PT_REGS_PARM2_CORE_SYSCALL(regs),
			      PT_REGS_PARM3_CORE_SYSCALL(regs));
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
