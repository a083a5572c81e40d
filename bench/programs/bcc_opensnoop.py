#!/usr/bin/python3
"""opensnoop by bcc: what opensnoop-bpfcc does, on tracepoints: where kprobes are not built in, that one does not start."""
import sys

from bcc import BPF

program = BPF(text=r"""
#include <linux/sched.h>
struct event { u64 id; u32 uid; int ret; int flags; char comm[TASK_COMM_LEN]; char path[255]; };
struct entry { const char *path; int flags; };
BPF_PERF_OUTPUT(events);
BPF_HASH(entries, u64, struct entry);
TRACEPOINT_PROBE(syscalls, sys_enter_openat) {
  u64 id = bpf_get_current_pid_tgid();
  struct entry entry = {.path = args->filename, .flags = args->flags};
  entries.update(&id, &entry);
  return 0;
}
TRACEPOINT_PROBE(syscalls, sys_exit_openat) {
  u64 id = bpf_get_current_pid_tgid();
  struct entry *entry = entries.lookup(&id);
  if (!entry) return 0;
  struct event event = {.id = id, .uid = bpf_get_current_uid_gid(), .ret = args->ret, .flags = entry->flags};
  bpf_get_current_comm(&event.comm, sizeof(event.comm));
  bpf_probe_read_user_str(event.path, sizeof(event.path), entry->path);
  events.perf_submit(args, &event, sizeof(event));
  entries.delete(&id);
  return 0;
}
""")


def show(_cpu, data, _size):
    event = program["events"].event(data)
    print("%-6d %-16s %4d %s" % (event.id >> 32, event.comm.decode(errors="replace"), event.ret,
                                 event.path.decode(errors="replace")))


program["events"].open_perf_buffer(show, page_cnt=64)
print("%-6s %-16s %4s %s" % ("PID", "COMM", "FD", "PATH"), flush=True)
try:
    while True:
        program.perf_buffer_poll()
except KeyboardInterrupt:
    sys.exit(0)
