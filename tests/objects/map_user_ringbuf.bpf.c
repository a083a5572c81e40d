// A ring that user space fills: drained by a callback.
#include "oracle.h"

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} orders SEC(".maps");

__u64 drained;

static long take(void *record, void *unused)
{
	++drained;
	return 0;
}

SEC("raw_tp/sys_enter")
int use(void *ctx)
{
	return bpf_user_ringbuf_drain(&orders, take, 0, 0) < 0;
}

char LICENSE[] SEC("license") = "GPL";
