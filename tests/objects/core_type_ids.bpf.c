// oracle: types same moved resized absent empty twins vmlinux
// oracle: refused twins
// TYPE_ID_LOCAL (an id in the object's own BTF, whatever the target) and TYPE_ID_TARGET.
#include "oracle.h"
#include "shape.h"

struct task_struct {
	int pid;
};

answers(8);

SEC("raw_tp/type_ids")
int type_ids(void *ctx)
{
	answer[0] = bpf_core_type_id_local(struct shape);
	answer[1] = bpf_core_type_id_local(int);
	answer[2] = bpf_core_type_id_local(struct { int anonymous; });
	answer[3] = bpf_core_type_id_kernel(struct shape);
	answer[4] = bpf_core_type_id_kernel(enum mood);
	answer[5] = bpf_core_type_id_kernel(draw_t);
	answer[6] = bpf_core_type_id_kernel(struct task_struct);
	answer[7] = bpf_core_type_id_kernel(colour_t);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
