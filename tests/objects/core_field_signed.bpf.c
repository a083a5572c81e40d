// oracle: types same moved resized absent empty shifted
// FIELD_SIGNED of integers, bit fields, enums, char, bool, and of a 64-bit typedef.
#include "oracle.h"
#include "shape.h"

#define is_signed(FIELD) __builtin_preserve_field_info(((struct shape *)0)->FIELD, BPF_FIELD_SIGNED)

answers(8);

SEC("raw_tp/field_signed")
int field_signed(void *ctx)
{
	answer[0] = is_signed(kind);
	answer[1] = is_signed(refs);
	answer[2] = is_signed(tilt);
	answer[3] = is_signed(level);
	answer[4] = is_signed(mood);
	answer[5] = is_signed(deeper);
	answer[6] = is_signed(ready);
	answer[7] = is_signed(serial);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
