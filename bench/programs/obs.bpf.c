/* obs: as one writes it by hand for libbpf: an event for each openat(2) or getppid(2) at its entry,
 * or a count of them. Wake-ups by `wake`: 0 the kernel's default; else one, by force, when so many
 * bytes wait, and none before. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "events.h"

/* /sys/kernel/tracing/events/syscalls/sys_enter_openat/format, and sys_exit_openat; without CO-RE, so that libbpf has
 * no need of the kernel's types: the fastest that a program by hand can start. */
struct enter {
	unsigned long long common;
	long id;
	unsigned long args[6];
};
struct call {
	const char *path;
	int flags;
};
struct leave {
	unsigned long long common;
	long id, ret;
};

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 * 1024 * 1024);
} ring SEC(".maps");

struct name {
	char text[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct name);
	__type(value, unsigned long long);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, unsigned int);
	__type(value, struct call);
} calls SEC(".maps");

const volatile unsigned long long wake = 0;
const volatile int target = 0;
unsigned long long lost, number;

static __always_inline int is_other(void)
{
	return target && (int)(bpf_get_current_pid_tgid() >> 32) != target;
}

/* At the moment when the mark is passed, not at each record above it. */
static __always_inline unsigned long long flags(unsigned long long size)
{
	unsigned long long waiting;

	if (!wake)
		return 0;
	waiting = bpf_ringbuf_query(&ring, 0 /* BPF_RB_AVAIL_DATA */);
	return waiting >= wake && waiting < wake + size + 8 ? 2 /* BPF_RB_FORCE_WAKEUP */
							    : 1 /* BPF_RB_NO_WAKEUP */;
}

SEC("tp/syscalls/sys_enter_openat")
int opened(struct enter *ctx)
{
	struct opened *e;
	unsigned long long id;

	if (is_other())
		return 0;
	e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0);
	if (!e) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	id = bpf_get_current_pid_tgid();
	e->time = bpf_ktime_get_ns();
	e->pid = id >> 32;
	e->tid = id;
	e->uid = bpf_get_current_uid_gid();
	e->flags = ctx->args[2];
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	bpf_probe_read_user_str(e->path, sizeof(e->path), (void *)ctx->args[1]);
	bpf_ringbuf_submit(e, flags(sizeof(*e)));
	return 0;
}

/* As libbpf-tools' opensnoop does it: what the call was given is kept until it returns. */
SEC("tp/syscalls/sys_enter_openat")
int opensnoop_enter(struct enter *ctx)
{
	unsigned int tid = bpf_get_current_pid_tgid();
	struct call call = {.path = (const char *)ctx->args[1], .flags = ctx->args[2]};

	bpf_map_update_elem(&calls, &tid, &call, BPF_ANY);
	return 0;
}

SEC("tp/syscalls/sys_exit_openat")
int opensnoop_exit(struct leave *ctx)
{
	unsigned int tid = bpf_get_current_pid_tgid();
	struct call *call = bpf_map_lookup_elem(&calls, &tid);
	struct opened *e;

	if (!call)
		return 0;
	e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0);
	if (!e) {
		__sync_fetch_and_add(&lost, 1);
		return 0;
	}
	e->time = bpf_ktime_get_ns();
	e->pid = bpf_get_current_pid_tgid() >> 32;
	e->tid = ctx->ret;
	e->uid = bpf_get_current_uid_gid();
	e->flags = call->flags;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	bpf_probe_read_user_str(e->path, sizeof(e->path), call->path);
	bpf_ringbuf_submit(e, flags(sizeof(*e)));
	bpf_map_delete_elem(&calls, &tid);
	return 0;
}

#define GETPPID(NAME)                                                                              \
	SEC("tp/syscalls/sys_enter_getppid")                                                       \
	int on_##NAME(void *ctx)                                                                   \
	{                                                                                          \
		struct NAME *e;                                                                    \
		unsigned long long id;                                                                          \
                                                                                                   \
		if (is_other())                                                                    \
			return 0;                                                                  \
		e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0);                                     \
		if (!e) {                                                                          \
			__sync_fetch_and_add(&lost, 1);                                            \
			return 0;                                                                  \
		}                                                                                  \
		id = bpf_get_current_pid_tgid();                                                   \
		e->time = bpf_ktime_get_ns();                                                      \
		e->number = __sync_fetch_and_add(&number, 1);                                      \
		e->pid = id >> 32;                                                                 \
		e->tid = id;                                                                       \
		bpf_get_current_comm(e->comm, sizeof(e->comm));                                    \
		__builtin_memset(e->text, 'x', sizeof(e->text));                                   \
		e->text[sizeof(e->text) - 1] = 0;                                                  \
		bpf_ringbuf_submit(e, flags(sizeof(*e)));                                          \
		return 0;                                                                          \
	}

GETPPID(small)
GETPPID(large)

SEC("tp/syscalls/sys_enter_openat")
int count(void *ctx)
{
	unsigned long long one = 1, *sum;
	struct name name;

	bpf_get_current_comm(&name, sizeof(name));
	sum = bpf_map_lookup_elem(&counts, &name);
	if (sum)
		__sync_fetch_and_add(sum, 1);
	else
		bpf_map_update_elem(&counts, &name, &one, 1 /* BPF_NOEXIST */);
	return 0;
}

SEC("tp/syscalls/sys_enter_openat")
int nothing(void *ctx)
{
	return 0;
}
