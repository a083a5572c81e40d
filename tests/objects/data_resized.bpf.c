// oracle: edit --resize .data.events=264 --resize .bss.table=48 --resize .rodata.names=3
// Sections whose last array takes another size: larger, smaller, of structs and of characters.
#include "oracle.h"

struct event {
	__u64 when;
	__u32 who, what;
};

__u64 events_seen SEC(".data.events") = 1;
struct event events[4] SEC(".data.events") = {{1, 2, 3}, {4, 5, 6}};
__u32 table[4] SEC(".bss.table");
const volatile char names[64] SEC(".rodata.names") = "names";
__u64 untouched[2] SEC(".data.other") = {7};

SEC("raw_tp/resized")
int resized(void *ctx)
{
	events_seen += events[1].who;
	table[1] += untouched[0];
	return names[2];
}

char LICENSE[] SEC("license") = "GPL";
