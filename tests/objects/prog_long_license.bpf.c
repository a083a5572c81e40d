// A license that is not GPL, and a version section.
#include "oracle.h"

SEC("kprobe/do_unlinkat")
int versioned(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "Proprietary; all rights reserved by nobody in particular";
__u32 VERSION SEC("version") = 0x060102;
