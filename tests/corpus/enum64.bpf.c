// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Enumerations of 64 bits and of one byte, and a negative one.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

enum wide { WIDE_SMALL = 1, WIDE_HUGE = 0x123456789abcULL };
enum __attribute__((packed)) tiny { TINY_A, TINY_B = 200 };
enum cold { COLD_ZERO, COLD_MINUS = -40 };

struct states { enum wide wide; enum cold cold; __u32 pid; enum tiny tiny; };

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} states SEC(".maps");

SEC("tp/sched/sched_process_exec")
int exec(void *ctx)
{
	struct states s = { WIDE_HUGE, COLD_MINUS, bpf_get_current_pid_tgid() >> 32, TINY_B };

	bpf_ringbuf_output(&states, &s, sizeof(s), 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
