// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A record with a union, by a perf buffer, from an inlined function.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct flow {
	union {
		__u32 v4;
		__u8 v6[16];
	};
	__u16 family;
	__u16 port;
	__u32 pid;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 4);
} flows SEC(".maps");

static __always_inline void report(void *ctx, __u16 port)
{
	struct flow flow = { .family = 2, .port = port };

	flow.v4 = 0x0100007f;
	flow.pid = bpf_get_current_pid_tgid() >> 32;
	bpf_perf_event_output(ctx, &flows, BPF_F_CURRENT_CPU, &flow, sizeof flow);
}

SEC("tp/sched/sched_process_exec")
int exec(void *ctx)
{
	report(ctx, 8080);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
