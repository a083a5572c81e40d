// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The names of libbpf 1.2 for the arguments of a user function and for what it returns.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct call {
	__u32 pid;
	int code;
	bool returned;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
	__type(value, struct call);
} calls SEC(".maps");

static int send(int code, bool returned)
{
	struct call *call = bpf_ringbuf_reserve(&calls, sizeof(*call), 0);

	if (!call)
		return 0;
	*call = (struct call){ .pid = bpf_get_current_pid_tgid() >> 32, .code = code, .returned = returned };
	bpf_ringbuf_submit(call, 0);
	return 0;
}

SEC("uprobe/libc.so.6:exit")
int BPF_UPROBE(on_exit, int code)
{
	return send(code, false);
}

SEC("uretprobe/libc.so.6:__cxa_finalize")
int BPF_URETPROBE(on_finalized)
{
	return send(77, true);
}

char LICENSE[] SEC("license") = "GPL";
