// oracle: types same moved twins
// oracle: refused twins
// Two enums of one essential name that give different values: where both are candidates, the
// object must be refused rather than one be picked.
#include "oracle.h"
#include "shape.h"

answers(2);

SEC("raw_tp/enum_ambiguous")
int enum_ambiguous(void *ctx)
{
	answer[0] = bpf_core_enum_value(enum mood, MOOD_WILD);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
