// SPDX-License-Identifier: MIT OR GPL-2.0-only
// What the tools of bcc and libbpf call the ends of a connection.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct event {
	union {
		__u32 saddr_v4;
		__u8 saddr_v6[16];
	};
	union {
		__u32 daddr_v4;
		__u8 daddr_v6[16];
	};
	char comm[TASK_COMM_LEN];
	__u64 delta_us;
	__u64 ts_us;
	__u32 tgid;
	int af;
	__u16 lport;
	__u16 dport;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} events SEC(".maps");

SEC("tp/sched/sched_process_exec")
int two_flows(void *ctx)
{
	struct event event = {};

	event.tgid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(event.comm, sizeof(event.comm));
	event.delta_us = 1500;
	event.lport = 40000;
	event.dport = 443;
	event.af = 2; /* AF_INET */
	event.saddr_v4 = 0x0100007f;
	event.daddr_v4 = 0x0201a8c0;
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
	event.af = 10; /* AF_INET6 */
	__builtin_memset(event.saddr_v6, 0, 16);
	__builtin_memset(event.daddr_v6, 0, 16);
	event.saddr_v6[15] = 1;
	event.daddr_v6[0] = 0x20;
	event.daddr_v6[1] = 0x01;
	event.daddr_v6[15] = 0x53;
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
