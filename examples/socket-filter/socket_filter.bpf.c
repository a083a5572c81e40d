// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Each packet that one socket receives, of whatever family. What the program returns is how many
// bytes of it are kept: none of them would be a packet that never came.
//   exec 3<>/dev/udp/127.0.0.1/7000
//   skep run socket_filter.bpf.c --socket 3
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "skep/stream.bpf.h"

struct packet {
	__u32 length; /* bytes */
	char text[24];
};

SKEP_STREAM(packets, struct packet, 64 * 1024);

SEC("socket")
int on_packet(struct __sk_buff *skb)
{
	struct packet *packet = skep_reserve(packets);

	if (packet) {
		packet->length = skb->len;
		__builtin_memcpy(packet->text, "new packet received", 20);
		skep_submit(packet);
	}
	return -1; /* all of it */
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
