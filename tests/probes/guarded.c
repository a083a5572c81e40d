// A probe behind a semaphore: the program works out its argument only while somebody listens.
#define _SDT_HAS_SEMAPHORES 1
#include <sys/sdt.h>

#define VISIBLE __attribute__((visibility("default"), noinline))

unsigned short skep_guarded_semaphore __attribute__((section(".probes")));
int skep_worked_out;

VISIBLE void skep_guarded(long value)
{
	if (!*(volatile unsigned short *)&skep_guarded_semaphore)
		return;
	skep_worked_out++;
	STAP_PROBE1(skep, guarded, value);
}
