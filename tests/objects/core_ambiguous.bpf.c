// oracle: types same moved resized twins
// oracle: refused twins
// A field whose offset differs between two candidates of one essential name.
#include "oracle.h"
#include "shape.h"

answers(2);

SEC("raw_tp/ambiguous")
int ambiguous(__u64 *ctx)
{
	struct shape *shape = (void *)ctx[0];

	answer[0] = bpf_core_field_offset(shape->serial);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
