/* One record for each getppid(2) of one thread: at its entry only, 64 bytes. */
#include "skep/vmlinux_min.h"
#include <bpf/bpf_helpers.h>
#include "skep/stream.bpf.h"

struct wake_event {
	__u64 number;
	char comm[16];
	__u64 rest[5];
};

SKEP_STREAM(events, struct wake_event, 8 * 1024 * 1024);

const volatile int thread = 0;
__u64 produced;

SEC("tp/syscalls/sys_enter_getppid")
int on_getppid(void *ctx)
{
	struct wake_event *event;

	if ((int)bpf_get_current_pid_tgid() != thread)
		return 0;
	produced++;
	event = skep_reserve(events);
	if (!event)
		return 0;
	event->number = produced;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	skep_submit(event);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
