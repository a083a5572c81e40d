// Programs on the functions that the kernel has for test runs of them (net/bpf/test_run.c).
#include "oracle.h"
#include <bpf/bpf_tracing.h>

__u64 entries, exits;
long argument, returned;
int instead; /* what the function returns; 0: its own */

SEC("fentry/bpf_fentry_test1")
int BPF_PROG(on_entry, int a)
{
	entries++;
	argument = a;
	return 0;
}

SEC("fexit/bpf_fentry_test1")
int BPF_PROG(on_exit, int a, int result)
{
	exits++;
	returned = result;
	return 0;
}

SEC("fmod_ret/bpf_modify_return_test")
int BPF_PROG(on_return, int a, int *b, int result)
{
	return instead;
}

char LICENSE[] SEC("license") = "GPL";
