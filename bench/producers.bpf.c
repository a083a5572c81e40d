/* Records of 64 bytes for each getppid(2) of one process; -DSTREAM=… says in which rings. */
#include "skep/vmlinux_min.h"
#include <bpf/bpf_helpers.h>
#include "skep/stream.bpf.h"

struct produced_event {
	__u64 number;
	char comm[16];
	__u64 rest[5];
};

STREAM(events, struct produced_event, 16 * 1024 * 1024);

const volatile int process = 0;
const volatile __u32 records = 1; /* a call; at most 16 */

SEC("tp/syscalls/sys_enter_getppid")
int on_getppid(void *ctx)
{
	struct produced_event *event;
	__u32 i;

	if ((int)(bpf_get_current_pid_tgid() >> 32) != process)
		return 0;
	for (i = 0; i < 16 && i < records; i++) {
		event = skep_reserve(events);
		if (!event)
			return 0;
		event->number = i;
		bpf_get_current_comm(event->comm, sizeof(event->comm));
		skep_submit(event);
	}
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
