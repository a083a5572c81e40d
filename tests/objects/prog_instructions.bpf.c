// flags: -mcpu=v4
// Instructions of all classes pass unchanged: atomics, signed division, byte swaps, sign
// extension, 32-bit jumps, long jumps, inline assembly.
#include "oracle.h"

answers(4);

SEC("raw_tp/instructions")
int instructions(__u64 *ctx)
{
	long a = ctx[0];
	int b = ctx[1];

	__sync_fetch_and_add(&answer[0], a);
	answer[1] = __sync_val_compare_and_swap(&answer[2], a, b);
	answer[2] = __sync_lock_test_and_set(&answer[3], b);
	answer[3] = __sync_fetch_and_or(&answer[0], a) ^ __sync_fetch_and_and(&answer[1], b);
	if (b)
		answer[0] = a / b + (int)a % b + (signed char)b + __builtin_bswap32(b) +
			    __builtin_bswap64(a);
	if (b > 5 && (int)a <= b)
		answer[1] = -a;
	asm volatile("r1 = 5; goto +1; r1 = 6; r2 = r1;" ::: "r1", "r2");
	return b;
}

char LICENSE[] SEC("license") = "GPL";
