// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Records of any length that are made in maps of nothing but bytes: only a pointer says what they are.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct word { __u32 number; __u16 twice, length; };
struct sentence { __u32 pid; __u32 count; struct word words[]; };
struct line { __u32 pid; __u16 before, after; char text[]; };

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__uint(value_size, 1024);
} untyped SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u8[512]);
} bytes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} sentences SEC(".maps"), lines SEC(".maps");

SEC("tp/sched/sched_process_exec")
int say(void *ctx)
{
	__u32 zero = 0, size;
	struct sentence *sentence = bpf_map_lookup_elem(&untyped, &zero);

	if (!sentence)
		return 0;
	sentence->pid = bpf_get_current_pid_tgid() >> 32;
	sentence->count = 1 + (sentence->pid != 0);
	for (__u32 i = 0; i < 2; i++) {
		sentence->words[i].number = i;
		sentence->words[i].twice = 2 * i;
		sentence->words[i].length = 7;
	}
	size = sizeof(*sentence) + sentence->count * sizeof(struct word);
	if (size <= 256)
		bpf_ringbuf_output(&sentences, sentence, size, 0);
	return 0;
}

SEC("tp/sched/sched_process_exit")
int write_down(void *ctx)
{
	__u32 zero = 0, size;
	__u8 *room = bpf_map_lookup_elem(&bytes, &zero);
	struct line *line = (void *)room;

	if (!room)
		return 0;
	line->pid = bpf_get_current_pid_tgid() >> 32;
	line->before = 2;
	line->after = 1 + (line->pid != 0);
	__builtin_memcpy(line->text, "abcd", 4);
	size = sizeof(*line) + line->before + line->after;
	if (size <= 256)
		bpf_ringbuf_output(&lines, room, size, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
