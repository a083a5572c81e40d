// Probes as sys/sdt.h writes them, their operands as the compiler chooses them.
#include <sys/sdt.h>

#define VISIBLE __attribute__((visibility("default"), noinline))

VISIBLE void skep_integers(signed char c, unsigned char uc, short s, unsigned short us, int i,
                           unsigned u, long l, unsigned long ul)
{
	STAP_PROBE8(skep, integers, c, uc, s, us, i, u, l, ul);
}

VISIBLE void skep_constants(void)
{
	STAP_PROBE4(skep, constants, 7, -7, 1UL << 40, (signed char)-1);
}

// Three places of one probe, with their arguments elsewhere in each.
VISIBLE long skep_places(long value)
{
	STAP_PROBE2(skep, places, 1, value);
	value = value * 3 + 1;
	STAP_PROBE2(skep, places, 2, value);
	volatile long in_memory = value * 5;
	STAP_PROBE2(skep, places, 3, in_memory);
	return value;
}

VISIBLE void skep_nothing(void)
{
	STAP_PROBE(skep, nothing);
}

VISIBLE void skep_floating(double value)
{
	STAP_PROBE2(skep, floating, 1, value);
}

// What uprobe.multi's patterns find.
VISIBLE long skep_many_one(long value)
{
	__asm__ volatile("" : "+r"(value));
	return value + 1;
}

VISIBLE long skep_many_two(long value)
{
	__asm__ volatile("" : "+r"(value));
	return value + 2;
}

// Its argument is an address, which a program that may sleep reads.
VISIBLE long skep_reads(const long *value)
{
	__asm__ volatile("" : "+r"(value));
	return *value + 1;
}
