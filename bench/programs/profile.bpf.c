/* A profile as bcc's and bpftrace's have it: counts by process and stacks, in the kernel. */
#include "skep/vmlinux_min.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct where {
	__u32 pid;
	__s32 kernel_stack_id, user_stack_id;
	char comm[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 16384);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 127 * sizeof(__u64));
} stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct where);
	__type(value, __u64);
} samples SEC(".maps");

SEC("perf_event")
int on_tick(void *ctx)
{
	struct where where = {.pid = bpf_get_current_pid_tgid() >> 32};
	__u64 one = 1, *sum;

	if (!where.pid) /* idle */
		return 0;
	where.kernel_stack_id = bpf_get_stackid(ctx, &stacks, 0);
	where.user_stack_id = bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK);
	bpf_get_current_comm(where.comm, sizeof(where.comm));
	sum = bpf_map_lookup_elem(&samples, &where);
	if (sum)
		__sync_fetch_and_add(sum, 1);
	else
		bpf_map_update_elem(&samples, &where, &one, BPF_NOEXIST);
	return 0;
}
