// Addresses of functions: callbacks of bpf_loop, bpf_for_each_map_elem and a timer-like helper,
// static and global, given several times; a callback that itself calls and loops.
#include "oracle.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, int);
	__type(value, long);
} table SEC(".maps");

answers(3);

static __noinline long helper(long x)
{
	return x + answer[0];
}

static long innermost(__u32 index, void *sum)
{
	*(long *)sum += helper(index);
	return 0;
}

static long each(void *map, int *key, long *value, long *sum)
{
	*sum += *value + *key;
	bpf_loop(3, innermost, sum, 0);
	return 0;
}

long global_step(__u32 index, void *sum)
{
	answer[1]++;
	return 0;
}

SEC("raw_tp/callbacks")
int callbacks(void *ctx)
{
	long sum = 0;

	bpf_loop(10, innermost, &sum, 0);
	bpf_for_each_map_elem(&table, each, &sum, 0);
	bpf_loop(2, global_step, &sum, 0);
	answer[2] = helper(sum);
	return 0;
}

SEC("raw_tp/callbacks_again")
int callbacks_again(void *ctx)
{
	long sum = 0;

	bpf_for_each_map_elem(&table, each, &sum, 0);
	return sum;
}

char LICENSE[] SEC("license") = "GPL";
