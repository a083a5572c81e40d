// Probes of user binaries whose programs may sleep, and sessions.
#include "skep/vmlinux_min.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/usdt.bpf.h>

const volatile int thread = 0; /* only this thread id */

__u64 count;
long value;

static __always_inline int seen(long what)
{
	if ((int)bpf_get_current_pid_tgid() != thread)
		return 0;
	__sync_fetch_and_add(&count, 1);
	value = what;
	return 0;
}

SEC("uprobe.s")
int BPF_KPROBE(on_uprobe_s, const long *argument)
{
	long pointed_at = 0;

	bpf_copy_from_user(&pointed_at, sizeof(pointed_at), argument); /* sleeps */
	return seen(pointed_at);
}

SEC("uretprobe.s")
int BPF_KRETPROBE(on_uretprobe_s, long result)
{
	return seen(result);
}

SEC("uprobe.multi.s")
int BPF_KPROBE(on_uprobe_multi_s, const long *argument)
{
	long pointed_at = 0;

	bpf_copy_from_user(&pointed_at, sizeof(pointed_at), argument);
	return seen(pointed_at);
}

SEC("uretprobe.multi.s")
int BPF_KRETPROBE(on_uretprobe_multi_s, long result)
{
	return seen(result);
}

SEC("uprobe.session")
int BPF_KPROBE(on_session, const long *argument)
{
	return seen(0);
}

SEC("uprobe.session.s")
int BPF_KPROBE(on_session_s, const long *argument)
{
	return seen(0);
}

SEC("usdt.s")
int BPF_USDT(on_usdt_s, int first)
{
	return seen(first);
}

char LICENSE[] SEC("license") = "GPL";
