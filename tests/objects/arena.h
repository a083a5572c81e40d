/* What the arena_ objects share: an arena, by default of ten pages at an address that the kernel
 * chooses. */
#ifndef SKEP_TESTS_ARENA_H
#define SKEP_TESTS_ARENA_H

#include "oracle.h"

enum { BPF_MAP_TYPE_ARENA = 33 };

#define __arena __attribute__((address_space(1)))

/* A number of 64 bits: an enumerator's value (bpf_helpers.h of libbpf 1.5 has it). */
#ifndef __ulong
#define __ulong(name, value) enum { ulong_of_##name = value } name
#endif

#ifndef ARENA_MORE
#define ARENA_MORE
#endif

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 10);
	ARENA_MORE
} arena SEC(".maps");

const volatile int thread = 0; /* only this thread id */

char LICENSE[] SEC("license") = "GPL";

#endif
