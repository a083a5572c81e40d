// oracle: types same moved resized absent shifted
// Loads and stores whose field has another size in the target: the width of the instruction is
// changed with the offset where that is safe (unsigned integers and pointers), and the
// instruction is poisoned where it is not (signed integers).
#include "oracle.h"
#include "shape.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct shape___unsigned {
	unsigned long long serial;
	unsigned int kind;
	unsigned int refs;
	unsigned char small;
	unsigned char ready;
	struct shape *next;
	unsigned int title;
};
#pragma clang attribute pop

answers(7);

SEC("raw_tp/resized_loads")
int resized_loads(__u64 *ctx)
{
	struct shape___unsigned *shape = (void *)ctx[0];

	answer[0] = shape->serial;
	answer[1] = shape->refs;
	answer[2] = shape->ready;
	answer[3] = (long)shape->next;
	return 0;
}

SEC("raw_tp/resized_stores")
int resized_stores(__u64 *ctx)
{
	struct shape___unsigned *shape = (void *)ctx[0];

	shape->serial = ctx[1];
	shape->refs = ctx[2];
	shape->ready = ctx[3];
	shape->next = (void *)ctx[4];
	return 0;
}

SEC("raw_tp/resized_signed")
int resized_signed(__u64 *ctx)
{
	struct shape *shape = (void *)ctx[0];

	answer[4] = shape->kind;
	answer[5] = shape->corner.x;
	shape->corner.y = ctx[1];
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
