// Static variables: the relocation names the section, and the offset stands in the instruction.
#include "oracle.h"

static volatile int first_one = 1;
static volatile int second_one = 2;
static volatile long third_one;
static volatile char fourth_one[64];
static volatile const int constant = 6;

SEC("raw_tp/statics")
int statics(void *ctx)
{
	first_one += second_one;
	third_one = fourth_one[first_one & 63];
	return constant;
}

char LICENSE[] SEC("license") = "GPL";
