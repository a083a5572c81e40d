// oracle: types same moved resized absent empty shifted
// ENUMVAL_EXISTS and ENUMVAL_VALUE of 32-bit enums, negative ones too; a value that is absent on
// a path that asks first.
#include "oracle.h"
#include "shape.h"

enum mood___new { MOOD_NEW___new = 1, MOOD_NEVER___new };

answers(8);

SEC("raw_tp/enum_values")
int enum_values(void *ctx)
{
	answer[0] = bpf_core_enum_value(enum mood, MOOD_CALM);
	if (bpf_core_enum_value_exists(enum mood, MOOD_WILD))
		answer[1] = bpf_core_enum_value(enum mood, MOOD_WILD);
	if (bpf_core_enum_value_exists(enum mood, MOOD_GONE))
		answer[2] = bpf_core_enum_value(enum mood, MOOD_GONE);
	answer[3] = bpf_core_enum_value_exists(enum mood___new, MOOD_NEW___new);
	answer[4] = bpf_core_enum_value_exists(enum mood___new, MOOD_NEVER___new);
	if (answer[3])
		answer[5] = bpf_core_enum_value(enum mood___new, MOOD_NEW___new);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
