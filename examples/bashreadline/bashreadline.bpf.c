// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The lines that people type at bash.
//   skep run bashreadline.bpf.c
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "skep/stream.bpf.h"

struct line {
	__u32 pid;
	char comm[16];
	char text[80];
};

SKEP_STREAM(lines, struct line, 64 * 1024);

SEC("uretprobe//bin/bash:readline")
int BPF_KRETPROBE(on_line, const char *text)
{
	struct line *line;

	if (!text)
		return 0; /* the end of the input */
	line = skep_reserve(lines);
	if (!line)
		return 0;
	line->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(line->comm, sizeof(line->comm));
	if (bpf_probe_read_user_str(line->text, sizeof(line->text), text) < 0)
		line->text[0] = 0;
	skep_submit(line);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
