// Reads numbers that user space sends.
#include "skep/vmlinux_min.h"
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} requests SEC(".maps");

const volatile int thread = 0;

__u64 count, sum, out_of_order;
__s64 drained;

static long take(struct bpf_dynptr *record, void *context)
{
	__u64 number = 0;

	if (bpf_dynptr_read(&number, sizeof(number), record, 0, 0))
		return 1;
	if (number != count + 1)
		out_of_order++;
	count++;
	sum += number;
	return 0;
}

SEC("tp/syscalls/sys_enter_getppid")
int on_getppid(void *ctx)
{
	if ((int)bpf_get_current_pid_tgid() == thread)
		drained = bpf_user_ringbuf_drain(&requests, take, NULL, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
