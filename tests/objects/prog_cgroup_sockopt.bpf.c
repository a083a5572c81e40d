// getsockopt and setsockopt: two attach types of one program type.
#include "context.h"

SEC("cgroup/getsockopt")
int get(struct bpf_sockopt *option)
{
	__u8 *value = option->optval;

	if ((void *)(value + 1) > option->optval_end)
		return 1;
	value[0] = 0x2a;
	option->retval = 0;
	option->optlen = 1;
	return 1;
}

SEC("cgroup/setsockopt")
int set(struct bpf_sockopt *option)
{
	return option->level != 0xbee;
}

char LICENSE[] SEC("license") = "GPL";
