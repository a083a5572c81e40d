// Maps of structs, which tests/kernel/views.cpp looks at through C++ types.
#include "oracle.h"

enum colour { RED, GREEN };

struct flow {
	__be32 source, destination;
	__be16 port;
	__u8 protocol;
	__u8 unused;
};

struct count {
	__u64 packets;
	__s32 error;
	enum colour colour;
	union {
		__u32 word;
		__u8 octets[4];
	};
	char comm[12];
	struct {
		__u16 low, high;
	} pair[2];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, struct flow);
	__type(value, struct count);
} flows SEC(".maps");

/* 12 bytes: the kernel has them 16 apart. */
struct odd {
	__u32 first, second, third;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct odd);
} per_cpu SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, __u32);
} shared SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 64);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 16 * sizeof(__u64));
} stacks SEC(".maps");

__s64 kernel_stack;

const volatile int thread = 0;

SEC("tp/syscalls/sys_enter_getppid")
int fill(void *ctx)
{
	struct flow flow = {.source = 1, .destination = 2, .port = 3, .protocol = 4};
	struct count count = {.packets = 5, .error = -6, .colour = GREEN, .word = 7};
	__u32 one = 1;
	__u32 *word;
	struct odd *odd;

	if ((int)bpf_get_current_pid_tgid() != thread)
		return 0;
	count.pair[1].high = 8;
	kernel_stack = bpf_get_stackid(ctx, &stacks, 0);
	bpf_map_update_elem(&flows, &flow, &count, 0);
	odd = bpf_map_lookup_elem(&per_cpu, &one);
	if (odd)
		odd->third++;
	word = bpf_map_lookup_elem(&shared, &one);
	if (word)
		__sync_fetch_and_add(word, 1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
