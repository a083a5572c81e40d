/* Sixteen records for each getppid(2) of one thread, 64 bytes each: reserved first, without and with a
 * question before that, or copied. One in a thousand has the slot 0. */
#include "skep/vmlinux_min.h"
#include <bpf/bpf_helpers.h>
#include "skep/stream.bpf.h"

struct push_event {
	__u64 number;
	__u32 slot; /* 0 to 999 */
	int tid;
	char comm[16];
	__u64 rest[4];
};

struct push_known {
	__u32 slot;
	int tid;
	char comm[16];
};

SKEP_STREAM(events, struct push_event, 8 * 1024 * 1024);
SKEP_EARLY(events, struct push_known);

const volatile int thread = 0;
const volatile bool copied = false;
const volatile bool early = false;
__u64 produced;

static __always_inline void learn(struct push_known *known, __u64 number)
{
	known->slot = number % 1000;
	known->tid = thread;
	bpf_get_current_comm(known->comm, sizeof(known->comm));
}

static __always_inline void fill(struct push_event *event, __u64 number,
				 const struct push_known *known)
{
	event->number = number;
	event->slot = known->slot;
	event->tid = known->tid;
	__builtin_memcpy(event->comm, known->comm, sizeof(event->comm));
	for (int i = 0; i < 4; i++)
		event->rest[i] = number;
}

static __always_inline void make_one(__u64 number)
{
	struct push_known known;
	struct push_event made, *event;

	if (copied) {
		learn(&known, number);
		fill(&made, number, &known);
		skep_output(events, &made, sizeof(made));
		return;
	}
	if (early) {
		learn(&known, number);
		if (skep_unwanted(events, &known))
			return;
	}
	event = skep_reserve(events);
	if (!event)
		return;
	if (!early)
		learn(&known, number);
	fill(event, number, &known);
	skep_submit(event);
}

SEC("tp/syscalls/sys_enter_getppid")
int on_getppid(void *ctx)
{
	if ((int)bpf_get_current_pid_tgid() != thread)
		return 0;
	for (int i = 0; i < 16; i++)
		make_one(++produced);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
