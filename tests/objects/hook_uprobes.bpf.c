// Many uprobes by one link.
#include "skep/vmlinux_min.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

const volatile int thread = 0; /* only this thread id; 0: all */

__u64 multi_count, return_count, session_count, multi_cookies;
long multi_sum, return_sum;

static __always_inline bool ours(void)
{
	return !thread || (int)bpf_get_current_pid_tgid() == thread;
}

SEC("uprobe.multi")
int BPF_KPROBE(on_multi, long argument)
{
	if (!ours())
		return 0;
	__sync_fetch_and_add(&multi_count, 1);
	__sync_fetch_and_add(&multi_cookies, bpf_get_attach_cookie(ctx));
	multi_sum += argument;
	return 0;
}

SEC("uretprobe.multi")
int BPF_KRETPROBE(on_return, long value)
{
	if (!ours())
		return 0;
	__sync_fetch_and_add(&return_count, 1);
	return_sum += value;
	return 0;
}

/* The same, loaded for single uprobes. */
SEC("uprobe")
int BPF_KPROBE(on_single, long argument)
{
	if (!ours())
		return 0;
	__sync_fetch_and_add(&multi_count, 1);
	__sync_fetch_and_add(&multi_cookies, bpf_get_attach_cookie(ctx));
	multi_sum += argument;
	return 0;
}

/* For a session (kernel 6.13), whose section name libbpf 1.5 does not know. */
SEC("?uprobe")
int on_session(struct pt_regs *ctx)
{
	if (ours())
		__sync_fetch_and_add(&session_count, 1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
