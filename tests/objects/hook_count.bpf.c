// oracle: types vmlinux 6.1 6.12 shifted
// Counts how often each kind of hook fires for one thread, and keeps what it saw.
#include "skep/vmlinux_min.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

const volatile int thread = 0;  /* only this thread id */
const volatile long call = 0;   /* number of the system call, for the raw hooks */

__u64 tp_count, raw_count, btf_count, uprobe_count, uretprobe_count;
__u64 tp_cookie, uprobe_cookie;
long uprobe_argument, uretprobe_value;

static __always_inline bool ours(void)
{
	return (int)bpf_get_current_pid_tgid() == thread;
}

SEC("tp/syscalls/sys_enter_getppid")
int on_tp(void *ctx)
{
	if (!ours())
		return 0;
	tp_count++;
	tp_cookie = bpf_get_attach_cookie(ctx);
	return 0;
}

SEC("raw_tp/sys_enter")
int on_raw(__u64 *ctx)
{
	/* struct bpf_raw_tracepoint_args of sys_enter: the registers, then the number */
	if (ours() && ctx[1] == (__u64)call)
		raw_count++;
	return 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(on_btf, struct pt_regs *registers, long id)
{
	if (ours() && id == call)
		btf_count++;
	return 0;
}

SEC("uprobe")
int BPF_KPROBE(on_uprobe, long argument)
{
	if (!ours())
		return 0;
	uprobe_count++;
	uprobe_argument = argument;
	uprobe_cookie = bpf_get_attach_cookie(ctx);
	return 0;
}

SEC("uretprobe")
int BPF_KRETPROBE(on_uretprobe, long value)
{
	if (!ours())
		return 0;
	uretprobe_count++;
	uretprobe_value = value;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
