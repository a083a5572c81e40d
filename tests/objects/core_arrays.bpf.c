// oracle: types same moved resized absent shifted
// Arrays of arrays, arrays of structs, an index outside the target's array, a flexible array at
// the end, and an array walked from a pointer.
#include "oracle.h"
#include "shape.h"

answers(9);

SEC("raw_tp/arrays")
int arrays(__u64 *ctx)
{
	struct shape *shape = (void *)ctx[0];

	answer[0] = bpf_core_field_offset(shape->grid[1][2]);
	answer[1] = bpf_core_field_offset(shape->grid[2][4]);
	answer[2] = bpf_core_field_exists(shape->grid[2][4]);
	answer[3] = bpf_core_field_offset(shape->path[1].x);
	answer[4] = bpf_core_field_exists(shape->path[3]);
	answer[5] = bpf_core_field_offset(shape->tail[5]);
	answer[6] = bpf_core_field_offset(shape[2].refs);
	answer[7] = bpf_core_field_offset(shape->path[0].y);
	answer[8] = shape->path[1].x;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
