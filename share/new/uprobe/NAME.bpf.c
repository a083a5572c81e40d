// NAME, the kernel's side: one record for each host name that a program asks libc for.
//   skep run NAME.bpf.c
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "skep/stream.bpf.h"

/* What user space gets. The C++ side has the same struct from NAME.skel.hpp. */
struct event {
	int pid;
	char command[16];
	char host[128];
};

/* A ring buffer of 256 KiB that counts what finds no room. */
SKEP_STREAM(events, struct event, 256 * 1024);

/* A parameter, set before loading: `skep run NAME.bpf.c --target-pid 4711`. */
const volatile int target_pid = 0; /* only this process; 0: all */

/* Another function: name its binary and symbol; the arguments follow the context. */
SEC("uprobe/libc.so.6:getaddrinfo")
int BPF_KPROBE(on_lookup, const char *host)
{
	int pid = bpf_get_current_pid_tgid() >> 32;
	struct event *event;

	if (target_pid && pid != target_pid)
		return 0;
	event = skep_reserve(events);
	if (!event)
		return 0; /* the ring is full: counted */
	event->pid = pid;
	bpf_get_current_comm(event->command, sizeof(event->command));
	if (bpf_probe_read_user_str(event->host, sizeof(event->host), host) < 0)
		event->host[0] = 0; /* NULL: this machine itself */
	skep_submit(event);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
