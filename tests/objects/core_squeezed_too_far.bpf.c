// oracle: types resized
// oracle: refused
// A bit field of the target that no 64-bit load can hold whole.
#include "oracle.h"
#include "shape.h"

answers(1);

SEC("raw_tp/too_far")
int too_far(__u64 *ctx)
{
	struct squeezed *squeezed = (void *)ctx[0];

	answer[0] = BPF_CORE_READ_BITFIELD_PROBED(squeezed, word);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
