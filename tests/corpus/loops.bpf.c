// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Loops over numbers and a number of times, left early, one within the other.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct sums {
	__u32 pid;
	int sum;
	int times;
	int pairs;
	int each;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} rb SEC(".maps");

int digits[10] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };

SEC("tp/sched/sched_process_exec")
int exec(void *ctx)
{
	struct sums sums = { .pid = bpf_get_current_pid_tgid() >> 32 };
	int i, j, *number;

	bpf_for(i, 0, 10)
		sums.sum += digits[i];
	bpf_repeat(1000) {
		if (sums.times == 300)
			break;
		sums.times++;
	}
	bpf_for(i, 0, 4) {
		if (i == 2)
			continue;
		bpf_for(j, 0, 5)
			sums.pairs++;
	}
	bpf_for_each(num, number, 5, 8)
		sums.each += *number;
	bpf_ringbuf_output(&rb, &sums, sizeof(sums), 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
