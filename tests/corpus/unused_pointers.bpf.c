// SPDX-License-Identifier: MIT OR GPL-2.0-only
// bpf2go's idiom: global pointers whose only use is that their types reach BTF; two of them, and the
// record is a typedef of a struct without a name.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

typedef struct {
	__u32 pid;
	__u8 letters[8];
} seen_t;

struct looked_up {
	__u32 pid;
};

const seen_t *unused1 __attribute__((unused));
const struct looked_up *unused2 __attribute__((unused));

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} events SEC(".maps");

SEC("tracepoint/sched/sched_process_exec")
int exec(void *ctx)
{
	seen_t *seen = bpf_ringbuf_reserve(&events, sizeof(seen_t), 0);

	if (!seen)
		return 0;
	seen->pid = bpf_get_current_pid_tgid() >> 32;
	__builtin_memcpy(seen->letters, "abcdefg", 8);
	bpf_ringbuf_submit(seen, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
