// Strings: .rodata.str1.1, which has no BTF of its own, and arrays that clang puts into .rodata.
#include "oracle.h"

const char *const names[] = {"one", "two"};
static const char format[] = "value %d of %s";

SEC("raw_tp/strings")
int strings(void *ctx)
{
	char copy[8];
	const char *text = "a string literal that is not inlined";

	bpf_probe_read_kernel_str(copy, sizeof(copy), text);
	bpf_trace_printk(format, sizeof(format), copy[0], text);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
