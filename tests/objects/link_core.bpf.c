// oracle: types vmlinux 6.1 6.12 shifted
// Kernel types in programs and subprograms, callbacks, maps of maps and of programs: what the
// hostile tests break.
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct signal_struct {
  int nr_threads;
};
struct task_struct {
  int pid;
  int tgid;
  char comm[16];
  struct task_struct* group_leader;
  struct signal_struct* signal;
  unsigned in_execve : 1;
};
struct task_struct___gone {
  int no_kernel_has_this;
};
struct bpf_raw_tracepoint_args___local {
  __u64 args[0];
};
#pragma clang attribute pop

enum pid_type { PIDTYPE_PID, PIDTYPE_NO_KERNEL_HAS_THIS = 77 };

struct inner {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 4);
  __type(key, __u32);
  __type(value, __u64);
};
struct inner one SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
  __uint(max_entries, 3);
  __type(key, __u32);
  __array(values, struct inner);
} outer SEC(".maps") = {.values = {[1] = (void*)&one}};

int tail(void* ctx);

struct {
  __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
  __uint(max_entries, 8);
  __type(key, __u32);
  __array(values, int(void*));
} tails SEC(".maps") = {.values = {[5] = (void*)&tail}};

__u64 result[4];

static __attribute__((noinline)) int leader_of(struct task_struct* task) {
  return BPF_CORE_READ(task, group_leader, pid);
}

static long count(__u32 index, void* sum) {
  *(__u64*)sum += index + (__u64)bpf_core_enum_value(enum pid_type, PIDTYPE_PID);
  return 0;
}

SEC("raw_tp/sched_process_exec")
int inspect(struct bpf_raw_tracepoint_args___local* ctx) {
  struct task_struct* task = (void*)ctx->args[0];
  __u64 sum = 0;

  bpf_loop(4, count, &sum, 0);
  result[0] = sum + (__u64)leader_of(task);
  result[1] = BPF_CORE_READ_BITFIELD_PROBED(task, in_execve);
  if (bpf_core_field_exists(((struct task_struct___gone*)task)->no_kernel_has_this)) {
    result[2] = (__u64)BPF_CORE_READ((struct task_struct___gone*)task, no_kernel_has_this);
  }
  result[3] = bpf_core_type_size(struct task_struct) + bpf_core_field_size(task->comm) +
              (__u64)bpf_core_enum_value_exists(enum pid_type, PIDTYPE_NO_KERNEL_HAS_THIS) +
              (__u64)bpf_core_type_id_kernel(struct signal_struct);
  bpf_tail_call(ctx, &tails, 5);
  return 0;
}

SEC("raw_tp/sched_process_exit")
int tail(void* ctx) {
  __u32 key = 1;
  void* map = bpf_map_lookup_elem(&outer, &key);
  if (map) bpf_map_lookup_elem(map, &key);
  return 0;
}
