// Programs whose SEC does not say where they go: `skep run --attach` does.
#include "skep/vmlinux_min.h"
#include <bpf/bpf_helpers.h>
#include "skep/stream.bpf.h"

const volatile int process = 0; /* only this one */

struct seen {
	__u64 call;
};

SKEP_STREAM(events, struct seen, 4096);

SEC("?of_nobody")
int count(void *ctx)
{
	static __u64 calls;
	struct seen *event;

	if ((int)(bpf_get_current_pid_tgid() >> 32) != process)
		return 0;
	event = skep_reserve(events);
	if (!event)
		return 0;
	event->call = ++calls;
	skep_submit(event);
	return 0;
}

SEC("?xdp")
int on_xdp(void *ctx)
{
	return 2; /* XDP_PASS */
}

char LICENSE[] SEC("license") = "GPL";
