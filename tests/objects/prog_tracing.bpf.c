// SEC: tracing programs that need no BTF id, with and without a target, sleepable ones too.
#include "oracle.h"

#define program(NAME, SECTION) \
	SEC(SECTION)               \
	int NAME(void *ctx)        \
	{                          \
		return 0;          \
	}

program(tracepoint_long, "tracepoint/syscalls/sys_enter_openat")
program(tracepoint_short, "tp/sched/sched_switch")
program(tracepoint_bare, "tp")
program(raw_short, "raw_tp/sched_switch")
program(raw_long, "raw_tracepoint/sched_switch")
program(raw_bare, "raw_tp")
program(raw_writable, "raw_tp.w/nbd_send_request")
program(raw_writable_l, "raw_tracepoint.w/x")
program(kprobe_at, "kprobe/do_unlinkat")
program(kprobe_off, "kprobe/do_unlinkat+0x4")
program(kprobe_bare, "kprobe")
program(kretprobe_at, "kretprobe/do_unlinkat")
program(uprobe_at, "uprobe//bin/bash:readline")
program(uprobe_bare, "uprobe")
program(uprobe_sleep, "uprobe.s//bin/bash:readline")
program(uretprobe_at, "uretprobe//bin/bash:readline")
program(uretprobe_s, "uretprobe.s//bin/bash:readline")
program(ksyscall_at, "ksyscall/openat")
program(kretsyscall_at, "kretsyscall/openat")
program(perf, "perf_event")
program(kmulti, "kprobe.multi/tcp_*")
program(kretmulti, "kretprobe.multi/tcp_*")

char LICENSE[] SEC("license") = "GPL";
