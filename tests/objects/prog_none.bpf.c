// A file without any program, only functions of .text: nothing is loaded, and that is no error.
#include "oracle.h"

int variable = 3;

int lonely(int x)
{
	return x + variable;
}

char LICENSE[] SEC("license") = "GPL";
