// Every data section there can be: .data, .bss, .rodata, and named ones of each; zero and other
// values, alignment holes, variables of one section used by several programs.
#include "oracle.h"

int counter = 5;
long long big = 0x1122334455667788;
char gap;
short after_gap = 3;
int zeroed;
char buffer[300];
const volatile int limit = 9;
const int fixed[4] = {1, 2, 3, 4};
int extra SEC(".data.extra") = 77;
struct {
	char a;
	long b;
} pair SEC(".data.pair") = {1, 2};
int named_zero SEC(".bss.named");
const volatile long constants[3] SEC(".rodata.constants") = {10, 20, 30};

SEC("raw_tp/first")
int first(void *ctx)
{
	counter += limit + fixed[counter & 3];
	big++;
	after_gap += gap;
	zeroed = buffer[counter & 127];
	return 0;
}

SEC("raw_tp/second")
int second(void *ctx)
{
	extra++;
	pair.b += pair.a;
	named_zero = constants[extra & 1];
	counter--;
	return fixed[1];
}

char LICENSE[] SEC("license") = "GPL";
