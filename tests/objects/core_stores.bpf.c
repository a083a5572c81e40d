// flags: -mcpu=v4
// oracle: types same moved resized shifted
// Relocated stores, of a register (STX) and of a number (ST, since -mcpu=v4), and loads that
// extend the sign (MEMSX).
#include "oracle.h"
#include "shape.h"

answers(3);

SEC("raw_tp/stores")
int stores(__u64 *ctx)
{
	struct shape *shape = (void *)ctx[0];

	shape->refs = 5;
	shape->next->refs = ctx[1];
	shape->small = 7;
	shape->next = 0;
	answer[0] = shape->kind;
	answer[1] = shape->deep;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
