// NAME, the kernel's side: one record for each program that starts.
//   skep run NAME.bpf.c
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "skep/stream.bpf.h"

/* What user space gets. The C++ side has the same struct from NAME.skel.hpp. */
struct event {
	int pid;
	int parent;
	char path[256];
};

/* A ring buffer of 256 KiB that counts what finds no room. */
SKEP_STREAM(events, struct event, 256 * 1024);

/* A parameter, set before loading: `skep run NAME.bpf.c --target-parent 4711`. */
const volatile int target_parent = 0; /* only what this process starts; 0: everything */

SEC("tp/sched/sched_process_exec")
int on_exec(struct trace_event_raw_sched_process_exec *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	int parent = BPF_CORE_READ(task, real_parent, tgid);
	struct event *event;

	if (target_parent && parent != target_parent)
		return 0;
	event = skep_reserve(events);
	if (!event)
		return 0; /* the ring is full: counted */
	event->pid = bpf_get_current_pid_tgid() >> 32;
	event->parent = parent;
	bpf_probe_read_kernel_str(event->path, sizeof(event->path),
				  (void *)ctx + (ctx->__data_loc_filename & 0xffff));
	skep_submit(event);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
