// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A program that the verifier takes, and ten mistakes that it does not: each is one line.
//   skep run verifier.bpf.c --iface lo
//   skep run verifier.bpf.c --iface lo --cflags=-DMISTAKE=7
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#ifndef MISTAKE
#define MISTAKE 0
#endif

struct message {
	char text[12];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, struct message);
} messages SEC(".maps");

__u32 calls = 0;
char letters[12] SEC(".data.letters") = "Hello World"; /* alone, so that nothing follows it */

SEC("tp/syscalls/sys_enter_execve")
int on_execve(struct trace_event_raw_sys_enter *ctx)
{
	volatile struct message local = {"Hello World"};
	struct message *found;
	__u32 user = bpf_get_current_uid_gid(), length = sizeof(letters), i;
	char letter = 0;

#if MISTAKE == 1 /* a helper of another type of program */
	bpf_redirect(1, 0); /* 1 */
#endif
	found = bpf_map_lookup_elem(&messages, &user);
#if MISTAKE == 2 /* an argument that is no map */
	found = bpf_map_lookup_elem((void *)&local, &user); /* 2 */
#endif
	/* What is not there is no message: what may be NULL is asked first. */
#if MISTAKE == 7
	letter = found->text[0]; /* 7 */
#else
	if (found)
		letter = found->text[0];
#endif
	/* 12 letters, from 0 to 11: of a global variable, which is the value of a map, and on the stack. */
	i = calls;
#if MISTAKE == 5
	if (i <= length)
		letter = letters[i]; /* 5 */
#elif MISTAKE == 6 /* the stack has 512 bytes: beyond its end is nothing */
	if (i <= 512)
		letter = local.text[i]; /* 6 */
#else
	if (i < length)
		letter = letters[i] + local.text[i];
#endif
	/* Twelve times at most. A loop that goes on until another program ends it has no end to see. */
	for (i = 0; i < length; i++)
		bpf_printk("%d %c", i, letter);
#if MISTAKE == 9
	while (*(volatile __u32 *)&calls < 10) /* 9 */
		;
#endif
#if MISTAKE == 10 /* the fields that all tracepoints have are the kernel's own */
	bpf_printk("%d", ctx->ent.type); /* 10 */
#endif
	__sync_fetch_and_add(&calls, 1);
	return 0;
}

SEC("xdp")
int on_packet(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

#if MISTAKE == 4 /* the end of the packet is compared with, not moved */
	end++; /* 4 */
#endif
#if MISTAKE == 8 /* a way out on which nothing is returned */
	if (ctx->rx_queue_index)
		asm volatile("exit"); /* 8 */
#endif
	return data + sizeof(struct ethhdr) <= end ? XDP_PASS : XDP_DROP;
}

#if MISTAKE == 3 /* bpf_printk is for programs under a licence that fits the kernel's */
char LICENSE[] SEC("license") = "Proprietary";
#else
char LICENSE[] SEC("license") = "Dual MIT/GPL";
#endif
