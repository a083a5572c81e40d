/* What bpftrace's maps do, as one writes it for skep: a count by name (COUNT), a log2 histogram (HISTOGRAM), a count
 * by kernel stack (STACKS), of each openat(2). */
#include "skep/vmlinux_min.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

#if defined(COUNT)
struct name {
	char comm[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct name);
	__type(value, __u64);
} counts SEC(".maps");

SEC("tp/syscalls/sys_enter_openat")
int count(void *ctx)
{
	__u64 one = 1, *sum;
	struct name name;

	bpf_get_current_comm(name.comm, sizeof(name.comm));
	sum = bpf_map_lookup_elem(&counts, &name);
	if (sum)
		++*sum;
	else
		bpf_map_update_elem(&counts, &name, &one, BPF_NOEXIST);
	return 0;
}
#elif defined(HISTOGRAM)
struct histogram {
	__u64 slots[32];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct histogram);
} times SEC(".maps");

static __always_inline __u32 log2_of(__u64 value)
{
	__u32 high = value >> 32, r = high ? 32 : 0, v = high ? high : value, shift;

	shift = (v > 0xffff) << 4, v >>= shift, r |= shift;
	shift = (v > 0xff) << 3, v >>= shift, r |= shift;
	shift = (v > 0xf) << 2, v >>= shift, r |= shift;
	shift = (v > 0x3) << 1, v >>= shift, r |= shift;
	return r | v >> 1;
}

SEC("tp/syscalls/sys_enter_openat")
int count(void *ctx)
{
	__u32 zero = 0, slot = log2_of(bpf_ktime_get_ns() % 1000000);
	struct histogram *h = bpf_map_lookup_elem(&times, &zero);

	if (h && slot < 32)
		h->slots[slot]++;
	return 0;
}
#else
struct stack {
	__s32 kernel_stack_id;
};

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 4096);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 127 * sizeof(__u64));
} stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct stack);
	__type(value, __u64);
} counts SEC(".maps");

SEC("tp/syscalls/sys_enter_openat")
int count(void *ctx)
{
	struct stack stack = {.kernel_stack_id = bpf_get_stackid(ctx, &stacks, 0)};
	__u64 one = 1, *sum = bpf_map_lookup_elem(&counts, &stack);

	if (sum)
		++*sum;
	else
		bpf_map_update_elem(&counts, &stack, &one, BPF_NOEXIST);
	return 0;
}
#endif
