/* No CO-RE and no hook of a BTF type: what is left is the object, four maps and four programs. */
#define SEC(NAME) __attribute__((section(NAME), used))
#define __uint(NAME, VALUE) int(*NAME)[VALUE]
#define __type(NAME, TYPE) typeof(TYPE) *NAME

typedef unsigned long long u64;

struct {
	__uint(type, 1 /* BPF_MAP_TYPE_HASH */);
	__uint(max_entries, 1024);
	__type(key, u64);
	__type(value, u64);
} counts SEC(".maps");

struct {
	__uint(type, 2 /* BPF_MAP_TYPE_ARRAY */);
	__uint(max_entries, 16);
	__type(key, int);
	__type(value, u64);
} sums SEC(".maps");

static void *(*lookup)(void *map, const void *key) = (void *)1;
static long (*update)(void *map, const void *key, const void *value, u64 flags) = (void *)2;
static u64 (*pid_tgid)(void) = (void *)14;

const volatile int wanted;
u64 total;

#define program(NAME, EVENT)                                  \
	SEC("raw_tp/" EVENT)                                  \
	int NAME(u64 *arguments)                              \
	{                                                     \
		u64 thread = pid_tgid(), one = 1, *count;     \
		int index = thread & 15;                      \
                                                              \
		if (wanted && wanted != (int)(thread >> 32))  \
			return 0;                             \
		count = lookup(&counts, &thread);             \
		if (count)                                    \
			__sync_fetch_and_add(count, 1);       \
		else                                          \
			update(&counts, &thread, &one, 0);    \
		count = lookup(&sums, &index);                \
		if (count)                                    \
			++*count;                             \
		__sync_fetch_and_add(&total, arguments[1]);   \
		return 0;                                     \
	}

program(on_enter, "sys_enter")
program(on_exit, "sys_exit")
program(on_switch, "sched_switch")
program(on_wakeup, "sched_wakeup")

char LICENSE[] SEC("license") = "GPL";
