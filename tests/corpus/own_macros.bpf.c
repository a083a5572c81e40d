// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A project that helps itself: macros and tags which newer headers have under the same names.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define bpf_repeat(N) for (int _i = 0; _i < (N); _i++)
#define __arg_ctx __attribute__((btf_decl_tag("arg:ctx"), unused))
#define BPF_UPROBE(name, args...) BPF_KPROBE(name, ##args)
#ifndef bpf_ksym_exists
#define bpf_ksym_exists(symbol) (!!symbol)
#endif

struct turn {
	__u32 pid;
	__u32 turns;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} turns SEC(".maps");

__noinline int send(void *ctx __arg_ctx, __u32 count)
{
	struct turn *turn = bpf_ringbuf_reserve(&turns, sizeof(*turn), 0);

	if (!turn)
		return 0;
	turn->pid = bpf_get_current_pid_tgid() >> 32;
	turn->turns = count;
	bpf_ringbuf_submit(turn, 0);
	return 0;
}

SEC("tp/sched/sched_process_exec")
int exec(void *ctx)
{
	__u32 count = 0;

	bpf_repeat(5)
		count += 3;
	return send(ctx, count);
}

char LICENSE[] SEC("license") = "GPL";
