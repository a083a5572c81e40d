// Records of a fixed size and of one that varies, in one ring, of which nothing says the types but the
// variables that they are made in.
#include "oracle.h"

struct fixed {
	__u32 a, b, c, d;
};

struct varied {
	__u32 length, kind;
	char text[56];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

struct varied scratch;
struct fixed fixed_one;

SEC("tp/syscalls/sys_enter_getppid")
int send(void *ctx)
{
	__u32 length = bpf_get_prandom_u32() & 31;

	fixed_one.a = 1;
	bpf_ringbuf_output(&events, &fixed_one, sizeof(fixed_one), 0);
	scratch.length = length;
	bpf_ringbuf_output(&events, &scratch, 8 + length, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
