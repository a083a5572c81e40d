// oracle: types same moved resized absent empty twins shifted
// oracle: refused twins
// TYPE_EXISTS and TYPE_SIZE of every kind of type: struct, union, typedef of each, enum, enum64,
// integer, pointer, array, function pointer.
#include "oracle.h"
#include "shape.h"

struct nowhere {
	int at_all;
};
typedef int numbers_t[6];
typedef const struct shape *shape_pointer_t;

answers(20);

SEC("raw_tp/types_exist")
int types_exist(void *ctx)
{
	answer[0] = bpf_core_type_exists(struct shape);
	answer[1] = bpf_core_type_exists(union value);
	answer[2] = bpf_core_type_exists(enum mood);
	answer[3] = bpf_core_type_exists(enum reach);
	answer[4] = bpf_core_type_exists(colour_t);
	answer[5] = bpf_core_type_exists(draw_t);
	answer[6] = bpf_core_type_exists(serial_t);
	answer[7] = bpf_core_type_exists(struct nowhere);
	answer[8] = bpf_core_type_exists(struct gone);
	answer[9] = bpf_core_type_exists(numbers_t);
	answer[10] = bpf_core_type_exists(shape_pointer_t);
	return 0;
}

SEC("raw_tp/type_sizes")
int type_sizes(void *ctx)
{
	answer[11] = bpf_core_type_size(struct shape);
	answer[12] = bpf_core_type_size(union value);
	answer[13] = bpf_core_type_size(enum mood);
	answer[14] = bpf_core_type_size(colour_t);
	answer[15] = bpf_core_type_size(serial_t);
	if (bpf_core_type_exists(struct nowhere))
		answer[16] = bpf_core_type_size(struct nowhere);
	answer[17] = bpf_core_type_size(struct gone);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
