// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Headers of a packet, by the names that the kernel has for them.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct seen {
	__u8 h_dest[6];
	__u8 h_source[6];
	__be16 h_proto;
	__u8 protocol;
	__u8 ttl;
	__be32 src, dst;
	__be16 source_port, dest_port;
	struct in6_addr from6;
	__u32 pid;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} packets SEC(".maps");

SEC("tp/sched/sched_process_exec")
int show(void *ctx)
{
	struct seen seen = {
		.h_dest = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
		.h_source = { 0, 0x1b, 0x21, 1, 2, 3 },
		.h_proto = __builtin_bswap16(0x0800),
		.protocol = 17,
		.ttl = 64,
		.src = __builtin_bswap32(0x0a000001),
		.dst = __builtin_bswap32(0x08080808),
		.source_port = __builtin_bswap16(5353),
		.dest_port = __builtin_bswap16(53),
	};

	seen.from6.in6_u.u6_addr8[15] = 1;
	seen.pid = bpf_get_current_pid_tgid() >> 32;
	bpf_ringbuf_output(&packets, &seen, sizeof(seen), 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
