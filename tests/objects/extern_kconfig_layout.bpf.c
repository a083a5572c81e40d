// One of each, beside data sections and maps: the places in .kconfig, and where that map stands.
#include "oracle.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

extern char CONFIG_DEFAULT_HOSTNAME[3] __kconfig;
extern _Bool CONFIG_BPF __kconfig;
extern __u64 CONFIG_HZ __kconfig;
extern enum libbpf_tristate CONFIG_BPF_SYSCALL __kconfig;
extern __u16 CONFIG_NR_CPUS __kconfig;
extern char CONFIG_CC_VERSION_TEXT[2] __kconfig;
extern __u32 CONFIG_LOG_BUF_SHIFT __kconfig;

const volatile int wanted = 1;
int found = 2;
answers(6);

static __attribute__((noinline)) int shift(void)
{
	return CONFIG_LOG_BUF_SHIFT + wanted;
}

SEC("raw_tp/sys_enter")
int all(void *context)
{
	__u32 key = 0;
	__u64 *count = bpf_map_lookup_elem(&counts, &key);

	if (count)
		*count += CONFIG_HZ;
	answer[0] = CONFIG_DEFAULT_HOSTNAME[1];
	answer[1] = CONFIG_BPF;
	answer[2] = CONFIG_BPF_SYSCALL;
	answer[3] = CONFIG_NR_CPUS;
	answer[4] = CONFIG_CC_VERSION_TEXT[1];
	answer[5] = shift() + found;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
