// A perf event array without a size: one entry a CPU that there can be.
#include "oracle.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
} events SEC(".maps");

SEC("raw_tp/sys_enter")
int use(void *ctx)
{
	__u64 now = bpf_ktime_get_ns();

	bpf_perf_event_output(ctx, &events, 0xffffffff, &now, sizeof(now));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
