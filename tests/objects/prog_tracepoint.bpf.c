// A tracepoint: the record that the kernel formats, and a text out of it.
#include "oracle.h"

struct sched_switch {
	__u64 common;
	char prev_comm[16];
	int prev_pid, prev_prio;
	long prev_state;
	char next_comm[16];
	int next_pid, next_prio;
};
char last[16];
int pid;

SEC("tracepoint/sched/sched_switch")
int on_switch(struct sched_switch *event)
{
	pid = event->next_pid;
	bpf_probe_read_kernel(last, sizeof(last), event->next_comm);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
