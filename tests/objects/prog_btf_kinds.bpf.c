// BTF of all kinds travels to the kernel as it is: floats, forward declarations, tags, volatile,
// restrict, enums of both sizes, function prototypes with variable arguments, flexible arrays.
#include "oracle.h"

struct forward;
union forward_union;
enum wide { WIDE = 0x1234567890LL, NEGATIVE = -5 };
typedef int (*variadic)(const char *restrict format, ...);

struct all {
	float single;
	double twice;
	struct forward *forward;
	union forward_union *other;
	enum wide wide;
	enum { TINY } tiny;
	variadic function;
	volatile int *volatile_pointer;
	int __attribute__((btf_type_tag("user"))) *tagged;
	unsigned int bits : 5;
	__int128 large;
	int flexible[];
};

struct tagged {
	int field __attribute__((btf_decl_tag("a tag")));
} __attribute__((btf_decl_tag("on the struct")));

struct all *all_of_them;
struct tagged tagged_variable;

__attribute__((btf_decl_tag("on a function"))) __noinline int
tagged_function(int x __attribute__((btf_decl_tag("on an argument"))))
{
	return x + tagged_variable.field;
}

SEC("raw_tp/kinds")
int kinds(__u64 *ctx)
{
	return tagged_function(ctx[0]) + (all_of_them != 0);
}

char LICENSE[] SEC("license") = "GPL";
