// Two programs, a map, every kind of data section, subprograms in .text.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

struct event {
  __u32 pid;
  char comm[16];
};

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 100000);
  __type(value, struct event);
} events SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1024);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, __u32);
  __type(value, __u64);
} counts SEC(".maps");

const volatile __u32 target_pid = 0;
const volatile char prefix[16] = "abc";
const volatile _Bool verbose = 0;
__u64 total = 7;
__u64 seen;
static __u64 hidden_count;
__u32 custom SEC(".data.custom") = 3;

static __attribute__((noinline)) int add_one(__u32 pid) {
  __u64 one = 1;
  __u64* count = bpf_map_lookup_elem(&counts, &pid);
  if (count) {
    __sync_fetch_and_add(count, 1);
    return 1;
  }
  return (int)bpf_map_update_elem(&counts, &pid, &one, BPF_ANY);
}

__attribute__((noinline)) int global_helper(__u32 pid) {
  seen += pid;
  return add_one(pid) + 1;
}

__attribute__((noinline, visibility("hidden"))) int hidden_helper(__u32 pid) {
  hidden_count += pid;
  return (int)hidden_count;
}

SEC("tracepoint/syscalls/sys_enter_execve")
int on_enter(void* ctx) {
  const __u32 pid = (__u32)(bpf_get_current_pid_tgid() >> 32);
  if (target_pid && pid != target_pid) return 0;
  struct event* event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
  if (!event) return 0;
  event->pid = pid + custom;
  event->comm[0] = prefix[pid & 15];
  bpf_ringbuf_submit(event, 0);
  total += 1;
  return global_helper(pid) + hidden_helper(pid);
}

SEC("?raw_tp/sched_process_exit")
int on_exit(void* ctx) {
  if (verbose) return 0;
  return add_one(1) + hidden_helper(2);
}
