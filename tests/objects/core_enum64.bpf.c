// oracle: types same moved resized absent empty shifted
// 64-bit enums, unsigned and signed: the value is a whole lddw; a target whose enum has only 32
// bits, or where the name is a struct.
#include "oracle.h"
#include "shape.h"

answers(6);

SEC("raw_tp/enum64")
int enum64(void *ctx)
{
	answer[0] = bpf_core_enum_value(enum reach, REACH_NEAR);
	answer[1] = bpf_core_enum_value(enum reach, REACH_FAR);
	answer[2] = bpf_core_enum_value(enum depth, DEPTH_LOW);
	answer[3] = bpf_core_enum_value(enum depth, DEPTH_HIGH);
	answer[4] = bpf_core_enum_value_exists(enum reach, REACH_FAR);
	answer[5] = bpf_core_enum_value_exists(enum depth, DEPTH_LOW);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
