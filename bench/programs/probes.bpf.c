/* PROBES programs, on two tracepoints, since one takes 64: how the start grows with them. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

unsigned long long counts[100];

#define PROBE(NUMBER)                                                                              \
	SEC("tp/syscalls/sys_enter_" HOOK)                                                       \
	int probe_##NUMBER(void *ctx)                                                              \
	{                                                                                          \
		counts[NUMBER]++;                                                                  \
		return 0;                                                                          \
	}
#define TEN(TENS)                                                                                  \
	PROBE(TENS##1) PROBE(TENS##2) PROBE(TENS##3) PROBE(TENS##4) PROBE(TENS##5)                 \
	PROBE(TENS##6) PROBE(TENS##7) PROBE(TENS##8) PROBE(TENS##9)

#define HOOK "getpgid"
#if PROBES == 1
PROBE(0)
#else
PROBE(0) TEN() PROBE(10) TEN(1) PROBE(20) TEN(2) PROBE(30) TEN(3) PROBE(40) TEN(4)
#undef HOOK
#define HOOK "getsid"
PROBE(50) TEN(5) PROBE(60) TEN(6) PROBE(70) TEN(7) PROBE(80) TEN(8) PROBE(90) TEN(9)
#endif
