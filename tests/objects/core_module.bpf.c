// oracle: module
// CO-RE with types of a module: looked for where the kernel itself has none of the name.
#include "oracle.h"

struct skep_toy_thing {
	int first, second, never_there;
} __attribute__((preserve_access_index));
struct skep_toy_thing___other {
	int second;
} __attribute__((preserve_access_index));
struct skep_toy_nothing {
	int first;
} __attribute__((preserve_access_index));
enum skep_toy_choice { SKEP_TOY_CHOSEN = 1, SKEP_TOY_NEVER = 2 };
answers(8);

SEC("tp_btf/sys_enter")
int offsets(void *context)
{
	struct skep_toy_thing *thing = context;

	answer[0] = __builtin_preserve_field_info(thing->first, BPF_FIELD_BYTE_OFFSET);
	answer[1] = __builtin_preserve_field_info(thing->second, BPF_FIELD_BYTE_OFFSET);
	answer[2] = bpf_core_field_exists(thing->never_there);
	answer[3] = bpf_core_type_size(struct skep_toy_thing);
	answer[4] = bpf_core_type_exists(struct skep_toy_nothing);
	answer[5] = bpf_core_enum_value(enum skep_toy_choice, SKEP_TOY_CHOSEN);
	answer[6] = bpf_core_enum_value_exists(enum skep_toy_choice, SKEP_TOY_NEVER);
	answer[7] = bpf_core_type_id_kernel(struct skep_toy_thing___other);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
