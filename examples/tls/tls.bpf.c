// SPDX-License-Identifier: MIT OR GPL-2.0-only
// What programs send and receive over TLS by OpenSSL, as it is before and after encryption. A call
// of a thread is remembered at its entry; how much was read or written is known at its return.
//   skep run tls.bpf.c --process PID
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "skep/stream.bpf.h"

const volatile int process = 0; /* only this one; 0: all */

enum direction { sent, received };

struct piece {
	__u32 pid, tid;
	char comm[16];
	enum direction direction;
	__u32 length; /* bytes, of which the first stand in text */
	char text[1024];
};

SKEP_STREAM(pieces, struct piece, 1024 * 1024);

struct call {
	const char *text;
	const size_t *length; /* where the call says how much it was; NULL: it returns it */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, __u32); /* thread */
	__type(value, struct call);
} calls SEC(".maps");

static __always_inline int begin(const char *text, const size_t *length)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct call call = {text, length};
	__u32 thread = id;

	if (!process || process == (int)(id >> 32))
		bpf_map_update_elem(&calls, &thread, &call, BPF_ANY);
	return 0;
}

static __always_inline void report(const struct call *call, enum direction direction, size_t length)
{
	struct piece *piece = skep_reserve(pieces);
	__u64 id = bpf_get_current_pid_tgid();
	__u64 shown = length;

	if (!piece)
		return;
	piece->pid = id >> 32;
	piece->tid = id;
	bpf_get_current_comm(piece->comm, sizeof(piece->comm));
	piece->direction = direction;
	piece->length = length;
	__builtin_memset(piece->text, 0, sizeof(piece->text));
	asm volatile("" : "+r"(shown)); /* one register, whose bound the verifier sees */
	if (shown > sizeof(piece->text) - 1)
		shown = sizeof(piece->text) - 1;
	bpf_probe_read_user(piece->text, shown, call->text);
	skep_submit(piece);
}

static __always_inline int end(enum direction direction, int result)
{
	__u32 thread = bpf_get_current_pid_tgid();
	struct call *call = bpf_map_lookup_elem(&calls, &thread);
	size_t length = result;

	if (!call)
		return 0;
	if (call->length && result > 0)
		bpf_probe_read_user(&length, sizeof(length), call->length);
	if (result > 0 && length)
		report(call, direction, length);
	bpf_map_delete_elem(&calls, &thread);
	return 0;
}

/* int SSL_write(SSL *ssl, const void *text, int length), and SSL_read in the same way: what they
 * return is the number of bytes. */
SEC("uprobe/libssl.so.3:SSL_write")
int BPF_KPROBE(on_write, void *ssl, const char *text)
{
	return begin(text, NULL);
}

SEC("uretprobe/libssl.so.3:SSL_write")
int BPF_KRETPROBE(on_write_end, int result)
{
	return end(sent, result);
}

SEC("uprobe/libssl.so.3:SSL_read")
int BPF_KPROBE(on_read, void *ssl, const char *text)
{
	return begin(text, NULL);
}

SEC("uretprobe/libssl.so.3:SSL_read")
int BPF_KRETPROBE(on_read_end, int result)
{
	return end(received, result);
}

/* int SSL_write_ex(SSL *ssl, const void *text, size_t length, size_t *written), and SSL_read_ex:
 * they return 1, or 0. */
SEC("uprobe/libssl.so.3:SSL_write_ex")
int BPF_KPROBE(on_write_ex, void *ssl, const char *text, size_t length, const size_t *written)
{
	return begin(text, written);
}

SEC("uretprobe/libssl.so.3:SSL_write_ex")
int BPF_KRETPROBE(on_write_ex_end, int result)
{
	return end(sent, result);
}

SEC("uprobe/libssl.so.3:SSL_read_ex")
int BPF_KPROBE(on_read_ex, void *ssl, const char *text, size_t length, const size_t *read)
{
	return begin(text, read);
}

SEC("uretprobe/libssl.so.3:SSL_read_ex")
int BPF_KRETPROBE(on_read_ex_end, int result)
{
	return end(received, result);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
