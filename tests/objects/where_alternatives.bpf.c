// Two programs of which one is to run; only the first asks skep_where.
#include "skep/vmlinux_min.h"
#include <bpf/bpf_helpers.h>
#include "skep/annotations.bpf.h"
#include "skep/stream.bpf.h"

struct numbered {
	__u64 number;
};

SKEP_STREAM(events, struct numbered, 4096);

__u64 seen;

SEC("tp/syscalls/sys_enter_getppid") SKEP_ALTERNATIVE("getppid", 1)
int first(void *ctx)
{
	struct numbered *event = skep_reserve(events);

	if (!event)
		return 0;
	event->number = seen++;
	skep_submit(event);
	return 0;
}

SEC("tp/syscalls/sys_exit_getppid") SKEP_ALTERNATIVE("getppid", 2)
int second(void *ctx)
{
	seen++;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
