// Types that are hard to write as C++, for tests/gen.
#include "oracle.h"

enum class { FIRST = -3, SECOND = 4 };
enum wide : unsigned long long { HUGE = 1ULL << 40 };

struct inner {
	__u8 a;
	__u32 b;
} __attribute__((packed));

typedef struct {
	__u16 x, y;
} point_t;

struct bits {
	__u32 low : 3, high : 9;
	__s32 negative : 5;
	__u64 wide : 40;
	__u8 last;
};

struct everything {
	enum class class;	/* a keyword, and named like its type */
	enum wide wide;
	struct inner packed;	/* at 16, five bytes */
	char text[7];
	union {
		__u64 word;
		struct {
			__u32 half, other;
		};
		struct {
			__u16 quarter[4];
		} named;
	};
	struct {
		__u8 melted;
		__u16 into;
	};
	point_t points[2][3];
	struct bits bits;
	void *pointer;
	int (*function)(int);
	struct everything *next;
	_Bool yes;
	signed char small;
	double real;
	__u8 aligned __attribute__((aligned(64)));
	struct {
		int nested;
		struct {
			int deeper;
		} inside;
	} anonymous_type;
	unsigned __int128 huge;
	__u32 tail;
};

struct flexible {
	__u32 length;
	char data[];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct everything);
} everything SEC(".maps");	/* named like its type */

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, struct inner);
	__uint(value_size, 5);	/* bytes of unknown meaning */
} new SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

const struct flexible *unused __attribute__((unused));

const volatile struct bits private = {.low = 5, .high = 300, .negative = -7, .last = 9};
const volatile char greeting[16] = "hello";
int counters[4] = {1, 2, 3, 4};
static volatile int hidden SEC(".data.hidden.part") = 17;
__u64 zero;

SEC("tp/syscalls/sys_enter_getppid")
int throw(void *ctx)
{
	static __u32 calls;
	__u32 key = 0;
	struct everything *all = bpf_map_lookup_elem(&everything, &key);
	struct flexible *event;

	zero += ++calls;
	if (!all)
		return 0;
	all->class = FIRST;
	all->wide = HUGE;
	all->packed.b = 0x01020304;
	all->half = 7;
	all->into = 8;
	all->points[1][2].y = 9;
	all->bits.low = private.low;
	all->bits.high = private.high;
	all->bits.negative = private.negative;
	all->bits.wide = 0x8123456789;
	all->bits.last = private.last;
	all->aligned = 10;
	all->anonymous_type.inside.deeper = 11;
	all->tail = 12 + hidden;
	event = bpf_ringbuf_reserve(&events, sizeof(*event) + 8, 0);
	if (!event)
		return 0;
	event->length = 8;
	__builtin_memcpy(event->data, (void *)greeting, 8);
	bpf_ringbuf_submit(event, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
