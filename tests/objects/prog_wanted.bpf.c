// oracle: edit --autoload optional=1
// A program of SEC("?…") that the user wants.
#include "oracle.h"

SEC("?raw_tp/optional")
int optional(__u64 *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
