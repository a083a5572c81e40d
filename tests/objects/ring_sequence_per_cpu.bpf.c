/* The same with a ring for each CPU. */
#define STREAM SKEP_STREAM_PER_CPU
#include "ring_sequence.bpf.c"
