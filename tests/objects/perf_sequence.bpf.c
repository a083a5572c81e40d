// Numbered records through a perf event array, from up to four threads.
#include "skep/vmlinux_min.h"
#include <bpf/bpf_helpers.h>

#define THREADS 4

struct perf_sequence {
	__u32 thread;
	__u32 cpu;
	__u64 number;
	__u64 time;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} events SEC(".maps");

const volatile int threads[THREADS] = {};
__u64 produced[THREADS];
__u64 refused[THREADS]; /* by the helper: no room, or no reader on that CPU */

SEC("tp/syscalls/sys_enter_getppid")
int on_getppid(void *ctx)
{
	int me = (int)bpf_get_current_pid_tgid();
	struct perf_sequence event = {};
	__u32 thread;

	for (thread = 0; thread < THREADS; thread++) {
		if (threads[thread] == me)
			break;
	}
	if (thread == THREADS)
		return 0;
	event.thread = thread;
	event.cpu = bpf_get_smp_processor_id();
	event.number = produced[thread & (THREADS - 1)]++;
	event.time = bpf_ktime_get_ns();
	if (bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event)) < 0)
		refused[thread & (THREADS - 1)]++;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
