// oracle: types same moved resized absent empty twins shifted
// oracle: refused twins
// FIELD_BYTE_SIZE of scalars, arrays, bit fields, structs, pointers, and of a flexible array.
#include "oracle.h"
#include "shape.h"

answers(10);

SEC("raw_tp/field_size")
int field_size(void *ctx)
{
	answer[0] = bpf_core_field_size(struct shape, kind);
	answer[1] = bpf_core_field_size(struct shape, serial);
	answer[2] = bpf_core_field_size(struct shape, label);
	answer[3] = bpf_core_field_size(struct shape, path[1]);
	answer[4] = bpf_core_field_size(struct shape, grid[1]);
	answer[5] = bpf_core_field_size(struct shape, stamp);
	answer[6] = bpf_core_field_size(struct shape, corner);
	answer[7] = bpf_core_field_size(struct shape, next);
	answer[8] = bpf_core_field_size(struct shape, value);
	answer[9] = bpf_core_field_size(struct shape, tail);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
