// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Networks in a longest-prefix trie, with who asked last.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct ipv4_lpm_key { __u32 prefixlen; __u8 data[4]; };
struct last_t { __u32 pid; __u32 mark; };

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 256);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct ipv4_lpm_key);
	__type(value, struct last_t);
} ipv4_lpm_map SEC(".maps");

SEC("tp/sched/sched_process_exec")
int learn(void *ctx)
{
	struct last_t last = { bpf_get_current_pid_tgid() >> 32, 5 };
	struct ipv4_lpm_key key = { 24, { 10, 1, 2 } };
	char comm[16];

	bpf_get_current_comm(comm, sizeof(comm));
	if (comm[0] != 'c' || comm[1] != 'o' || comm[2] != 'r' || comm[3] != 'p')
		return 0;
	bpf_map_update_elem(&ipv4_lpm_map, &key, &last, BPF_ANY);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
