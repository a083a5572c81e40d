// A section of several pages: map and mapping sizes are counted in pages.
#include "oracle.h"

char page_and_more[4097];
int table[3000] = {[0] = 1, [2999] = 2};

SEC("raw_tp/large")
int large(void *ctx)
{
	page_and_more[4096] = 1;
	return table[2999]++;
}

char LICENSE[] SEC("license") = "GPL";
