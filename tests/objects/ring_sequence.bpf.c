// Numbered records from up to four threads, through a ring of one page: fixed and variable lengths,
// some discarded, many lost. What each thread made is counted, so that a reader can be held to
// produced = delivered + discarded + lost.
#include "skep/vmlinux_min.h"
#include <bpf/bpf_helpers.h>
#include "skep/stream.bpf.h"

#define THREADS 4
#define LONGEST 256

struct ring_event {
	__u32 thread; /* index into threads */
	__u32 length; /* bytes that follow this header, each the low byte of the number */
	__u64 number; /* of the thread's records, from 0, without gaps in what was made */
};

struct ring_long {
	struct ring_event head;
	__u8 body[LONGEST];
};

/* What is known of a fixed one early. */
struct ring_known {
	__u64 number;
	__u32 thread;
};

#ifndef STREAM
#define STREAM SKEP_STREAM
#endif
STREAM(events, struct ring_event, 4096);
SKEP_EARLY(events, struct ring_known);
SKEP_SCRATCH(scratch, struct ring_long, 1);

const volatile int threads[THREADS] = {};     /* thread ids, 0 for none */
const volatile __u32 records_per_call = 1;    /* at most 64 */
const volatile __u32 discard_every = 0;       /* 0: never */
const volatile __u32 keep_every = 0;          /* of so many one is not discarded; 0: all */
const volatile __u32 longest = 0;             /* bytes of the longest body, below LONGEST */
const volatile bool asks_early = false;

__u64 produced[THREADS];
__u64 discarded[THREADS];

static __always_inline void make_fixed(__u32 thread, __u64 number, bool discard)
{
	struct ring_known known = {.number = number, .thread = thread};
	struct ring_event *event;

	if (asks_early && skep_unwanted(events, &known))
		return;
	event = skep_reserve(events);
	if (!event)
		return;
	event->thread = thread;
	event->length = 0;
	event->number = number;
	if (discard) {
		skep_discard(event);
		discarded[thread & (THREADS - 1)]++;
	} else {
		skep_submit(event);
	}
}

static __always_inline void make_long(__u32 thread, __u64 number)
{
	struct ring_long *event = skep_scratch(scratch, 0);
	__u32 length = number % longest;
	__u32 i;

	if (!event)
		return;
	event->head.thread = thread;
	event->head.length = length & (LONGEST - 1);
	event->head.number = number;
	for (i = 0; i < LONGEST; i++)
		event->body[i] = (__u8)number;
	length = sizeof(event->head) + (length & (LONGEST - 1));
	skep_output(events, event, length);
}

SEC("tp/syscalls/sys_enter_getppid")
int on_getppid(void *ctx)
{
	int me = (int)bpf_get_current_pid_tgid();
	__u32 thread, i;

	for (thread = 0; thread < THREADS; thread++) {
		if (threads[thread] == me)
			break;
	}
	if (thread == THREADS)
		return 0;
	for (i = 0; i < 64 && i < records_per_call; i++) {
		__u64 number = produced[thread & (THREADS - 1)]++;

		if (longest && number % 2)
			make_long(thread, number);
		else
			make_fixed(thread, number,
				   (discard_every && number % discard_every == 0) ||
					   (keep_every && number % keep_every != keep_every - 1));
	}
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
