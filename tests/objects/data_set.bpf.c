// oracle: edit --set wanted=-7 --set flag=1 --set wide=0x123456789abcdef --set level=3 --set tail=9
// Variables set before load: signed, bool, 64-bit, enum, char; in .rodata and in .data.
#include "oracle.h"

enum levels { LOW, MIDDLE = 2, HIGH };

const volatile int wanted = 1;
const volatile _Bool flag;
const volatile unsigned long long wide;
const volatile enum levels level = LOW;
char tail = 'a';
int untouched = 4;

SEC("raw_tp/set")
int set(void *ctx)
{
	untouched = flag ? wanted : (int)wide;
	tail++;
	return level;
}

char LICENSE[] SEC("license") = "GPL";
