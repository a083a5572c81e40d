// Hooks on functions of the kernel that sleep or come in sessions, and events that are written.
#include "skep/vmlinux_min.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct inode;
struct dentry;

const volatile int process = 0; /* only this one */

__u64 count;
long value;

static __always_inline bool ours(void)
{
	return (int)(bpf_get_current_pid_tgid() >> 32) == process;
}

static __always_inline int seen(long what)
{
	if (!ours())
		return 0;
	__sync_fetch_and_add(&count, 1);
	value = what;
	return 0;
}

/* Functions that a test run of a program calls. */
SEC("fentry.s/bpf_fentry_test1")
int BPF_PROG(on_fentry_s, int argument)
{
	return seen(argument);
}

SEC("fexit.s/bpf_fentry_test1")
int BPF_PROG(on_fexit_s, int argument, int result)
{
	return seen(result);
}

SEC("fmod_ret.s/bpf_fentry_test1")
int BPF_PROG(on_fmod_ret_s, int argument, int result)
{
	seen(argument);
	return ours() ? -1 : result; /* which a test run takes for a failure */
}

SEC("fsession/do_unlinkat")
int BPF_PROG(on_fsession)
{
	return seen(0);
}

SEC("fsession.s/do_unlinkat")
int BPF_PROG(on_fsession_s)
{
	return seen(0);
}

SEC("lsm.s/inode_unlink")
int BPF_PROG(on_lsm_s, struct inode *directory, struct dentry *entry, int result)
{
	seen(result);
	return ours() ? -1 /* EPERM */ : result;
}

/* Its argument is where the result of the test run stands. */
SEC("raw_tp.w/bpf_test_finish")
int on_test_finish(__u64 *ctx)
{
	int *result = (void *)ctx[0];

	seen(*result);
	if (ours())
		*result = -5; /* EIO */
	return 0;
}

SEC("socket")
int on_packet(void *ctx)
{
	return 0;
}

SEC("syscall")
int on_call(void *ctx)
{
	return seen(0);
}

char LICENSE[] SEC("license") = "GPL";
