// Key and value types in all disguises: typedefs, arrays, unions, enums, anonymous structs,
// pointers, const and volatile. Their sizes and BTF ids are what libbpf finds.
#include "oracle.h"

typedef int plain;
typedef plain alias;
enum colour { RED, GREEN };
union either {
	int a;
	char b[9];
};

#define hash(NAME, KEY, VALUE)                      \
	struct {                                    \
		__uint(type, BPF_MAP_TYPE_HASH);    \
		__uint(max_entries, 1);             \
		__type(key, KEY);                   \
		__type(value, VALUE);               \
	} NAME SEC(".maps")

hash(aliases, alias, const volatile long);
hash(arrays, char[16], int[3][4]);
hash(unions, union either, struct { char x; long y; });
hash(enums, enum colour, void *);
hash(bits, struct { unsigned int a : 3; unsigned int b : 9; }, _Bool);

SEC("raw_tp/disguises")
int disguises(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
