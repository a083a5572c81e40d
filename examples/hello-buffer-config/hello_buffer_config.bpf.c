// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A record for each program that is started, with a message that a map has for its user, or a
// global variable for all others. Compiled once, it runs on other kernels: arguments are read by
// their place in the call, whatever this kernel calls its function.
//   hello-buffer-config 0 'Hey root!' 501 'Hi user 501!'
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "hello_buffer_config.h"

struct message {
	char text[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32); /* user */
	__type(value, struct message);
} my_config SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
} output SEC(".maps");

struct message message = {"Hello World"};

static __always_inline int hello(void *ctx, const char *path)
{
	struct hello hello = {
		.pid = bpf_get_current_pid_tgid() >> 32,
		.user = bpf_get_current_uid_gid(),
	};
	struct message *own = bpf_map_lookup_elem(&my_config, &hello.user);

	bpf_get_current_comm(hello.command, sizeof(hello.command));
	bpf_probe_read_kernel_str(hello.message, sizeof(hello.message), own ? own : &message);
	bpf_probe_read_user_str(hello.path, sizeof(hello.path), path);
	bpf_perf_event_output(ctx, &output, BPF_F_CURRENT_CPU, &hello, sizeof(hello));
	return 0;
}

SEC("ksyscall/execve")
int BPF_KSYSCALL(on_ksyscall, const char *path)
{
	return hello(ctx, path);
}

SEC("tp/syscalls/sys_enter_execve")
int on_tracepoint(struct trace_event_raw_sys_enter *ctx)
{
	return hello(ctx, (const char *)ctx->args[0]);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
