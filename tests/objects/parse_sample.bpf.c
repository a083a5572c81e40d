// A little of everything that the ELF, BTF and .BTF.ext readers read: several code sections, a
// subprogram, maps, initialised, constant and zero data, an external kernel variable, CO-RE.
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

struct task_struct {
	int pid;
	int tgid;
	struct task_struct *real_parent;
} __attribute__((preserve_access_index));

enum colour { red, green = 7, blue = -1 };

struct event {
	__u64 time;
	__u32 pid;
	unsigned int flag : 1, level : 5, : 2, rest : 24;
	enum colour colour;
	char name[16];
	union {
		__u32 v4;
		__u8 v6[16];
	};
	struct {
		short x, y;
	} points[2][3];
	int (*callback)(struct event *, const char *, ...);
	const volatile void *const *cookie;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct event);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

const volatile int wanted_pid = 42;
long seen;
struct event last = { .pid = 7, .name = "last" };
static enum colour paint = green;
extern int CONFIG_HZ __kconfig;

static __attribute__((noinline)) long put(__u32 pid)
{
	struct event *e = bpf_map_lookup_elem(&counts, &pid);

	if (!e)
		return 0;
	e->time = bpf_ktime_get_ns();
	e->level = 3;
	return e->colour + CONFIG_HZ;
}

SEC("raw_tp/sched_process_exec")
int on_exec(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (void *)ctx->args[0];
	int pid = BPF_CORE_READ(task, real_parent, pid);

	if (wanted_pid && pid != wanted_pid)
		return 0;
	seen += put(pid);
	last.pid = pid;
	return 0;
}

SEC("tp/sched/sched_process_exit")
int on_exit(void *ctx)
{
	struct event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);

	if (!e)
		return 0;
	e->colour = paint;
	e->pid = put(0) + bpf_core_field_exists(struct task_struct, tgid);
	paint = red;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
