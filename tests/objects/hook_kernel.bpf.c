// oracle: types vmlinux 6.12
// Hooks on functions of the kernel: what unlink(2) passes through, for one process.
#include "skep/vmlinux_min.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct filename;
struct inode;
struct dentry;
struct socket;
struct sockaddr;

const volatile int process = 0; /* only this one */
bool refuses;                   /* fmod_ret and lsm: unlink(2) fails with EPERM */

__u64 count, cookie;
long value; /* an argument, or what was returned */

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

SEC("kprobe/do_unlinkat")
int BPF_KPROBE(on_kprobe, int directory)
{
	if (ours())
		cookie = bpf_get_attach_cookie(ctx);
	return seen(directory);
}

SEC("kretprobe/do_unlinkat")
int BPF_KRETPROBE(on_kretprobe, int result)
{
	return seen(result);
}

SEC("ksyscall/unlinkat")
int on_ksyscall(struct pt_regs *ctx)
{
	struct pt_regs *registers = (struct pt_regs *)PT_REGS_PARM1(ctx);

	return seen((int)PT_REGS_PARM1_CORE_SYSCALL(registers));
}

SEC("kretsyscall/unlinkat")
int BPF_KRETPROBE(on_kretsyscall, long result)
{
	return seen(result);
}

SEC("kprobe.multi/do_unlink*")
int BPF_KPROBE(on_multi, int directory)
{
	return seen(directory);
}

SEC("kretprobe.multi/do_unlinkat")
int BPF_KRETPROBE(on_multi_return, int result)
{
	return seen(result);
}

SEC("kprobe.session/do_unlinkat")
int on_session(struct pt_regs *ctx)
{
	return seen(0);
}

SEC("fentry/do_unlinkat")
int BPF_PROG(on_fentry, int directory, struct filename *name)
{
	if (ours())
		cookie = bpf_get_attach_cookie(ctx);
	return seen(directory);
}

SEC("fexit/do_unlinkat")
int BPF_PROG(on_fexit, int directory, struct filename *name, int result)
{
	return seen(result);
}

SEC("fmod_ret/security_inode_unlink")
int BPF_PROG(on_fmod_ret, struct inode *directory, struct dentry *entry, int result)
{
	seen(result);
	return ours() && refuses ? -1 /* EPERM */ : 0;
}

SEC("lsm/inode_unlink")
int BPF_PROG(on_lsm, struct inode *directory, struct dentry *entry, int result)
{
	seen(result);
	return ours() && refuses ? -1 /* EPERM */ : result;
}

SEC("lsm_cgroup/socket_bind")
int BPF_PROG(on_lsm_cgroup, struct socket *socket, struct sockaddr *address, int length)
{
	seen(length);
	if (!ours() || !refuses)
		return 1;
	asm volatile(""); /* a branch, so that the verifier knows the result */
	return 0; /* EPERM */
}

char LICENSE[] SEC("license") = "GPL";
