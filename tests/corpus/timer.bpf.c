// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A timer in a map's value: the record is sent by its callback, of what the program left there.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#define CLOCK_MONOTONIC 1

struct pending {
	struct bpf_timer timer;
	__u32 pid;
	__u32 tries;
};

struct late_event {
	__u32 pid;
	__u32 tries;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, __u32);
	__type(value, struct pending);
} waiting SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} rb SEC(".maps");

static int on_timer(void *map, __u32 *key, struct pending *value)
{
	struct late_event *e = bpf_ringbuf_reserve(&rb, sizeof(*e), 0);

	if (e) {
		e->pid = value->pid;
		e->tries = value->tries + 1;
		bpf_ringbuf_submit(e, 0);
	}
	return 0;
}

SEC("tp_btf/sched_process_exec")
int arm(__u64 *ctx)
{
	__u32 pid = bpf_get_current_pid_tgid() >> 32;
	struct pending fresh = { .pid = pid, .tries = 2 }, *value;

	bpf_map_update_elem(&waiting, &pid, &fresh, BPF_ANY);
	value = bpf_map_lookup_elem(&waiting, &pid);
	if (!value)
		return 0;
	bpf_timer_init(&value->timer, &waiting, CLOCK_MONOTONIC);
	bpf_timer_set_callback(&value->timer, on_timer);
	bpf_timer_start(&value->timer, 1000, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
