// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The same as hello-buffer-config through a ring buffer: one for all CPUs, in order, with the type
// of its records in the object.
//   hello-ring-buffer-config 0 'Hey root!' 501 'Hi user 501!'
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "skep/stream.bpf.h"

struct message {
	char text[16];
};

struct hello {
	__u32 pid;
	__u32 user;
	char command[16];
	struct message message;
};

SKEP_STREAM(output, struct hello, 64 * 1024);

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32); /* user */
	__type(value, struct message);
} my_config SEC(".maps");

struct message message = {"Hello World"};

SEC("tp/syscalls/sys_enter_execve")
int on_execve(void *ctx)
{
	struct hello *hello = skep_reserve(output);
	struct message *own;

	if (!hello)
		return 0;
	hello->pid = bpf_get_current_pid_tgid() >> 32;
	hello->user = bpf_get_current_uid_gid();
	bpf_get_current_comm(hello->command, sizeof(hello->command));
	own = bpf_map_lookup_elem(&my_config, &hello->user);
	hello->message = own ? *own : message;
	skep_submit(hello);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
