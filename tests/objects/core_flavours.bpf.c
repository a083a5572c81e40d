// oracle: types same moved resized absent empty twins shifted
// ___flavours: one type under several names, of which the program takes the one that fits; a
// flavour inside a path; a name that holds three underscores of its own.
#include "oracle.h"
#include "shape.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct point___old {
	short x;
};
struct shape___old {
	int kind;
	struct point___old corner;
};
struct shape___new {
	long long refs;
	struct shape___new *next;
};
struct gone___a___b {
	int field;
};
#pragma clang attribute pop

answers(6);

SEC("raw_tp/flavours")
int flavours(__u64 *ctx)
{
	struct shape___old *old = (void *)ctx[0];
	struct shape___new *new = (void *)ctx[0];
	struct gone___a___b *gone = (void *)ctx[1];

	if (bpf_core_field_exists(old->kind))
		answer[0] = old->kind;
	if (bpf_core_field_exists(old->corner.x))
		answer[1] = bpf_core_field_offset(old->corner.x);
	if (bpf_core_field_exists(new->next->refs))
		answer[2] = bpf_core_field_size(new->next->refs);
	answer[3] = bpf_core_field_exists(gone->field);
	answer[4] = bpf_core_type_size(struct shape___new);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
