// A map name has 15 bytes: of the object's name only what fits before ".rodata" is kept.
#include "oracle.h"

int data_variable = 3;
const volatile int constant = 4;
int section SEC(".data.with_a_very_long_name") = 1;

SEC("raw_tp/program_with_a_long_name")
int program_with_a_long_name(void *ctx)
{
	return data_variable++ + constant + section;
}

char LICENSE[] SEC("license") = "GPL";
