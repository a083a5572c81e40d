// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A record for each program that is started, through a perf buffer: one for each CPU, as it was
// before ring buffers came. Processes with an odd number get another message.
//   hello-buffer
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "hello_buffer.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
} output SEC(".maps");

SEC("tp/syscalls/sys_enter_execve")
int hello(void *ctx)
{
	struct hello hello = {
		.pid = bpf_get_current_pid_tgid() >> 32,
		.user = bpf_get_current_uid_gid(),
		.message = "Hello even",
	};

	if (hello.pid & 1)
		__builtin_memcpy(hello.message, "Hello odd", 10);
	bpf_get_current_comm(hello.command, sizeof(hello.command));
	bpf_perf_event_output(ctx, &output, BPF_F_CURRENT_CPU, &hello, sizeof(hello));
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
