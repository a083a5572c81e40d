// oracle: types same moved shifted
// Bit fields that lie across the bounds of their integers in a packed target: read with the smallest
// aligned integer of twice, or four times, the size that holds them.
#include "oracle.h"
#include "shape.h"

answers(6);

SEC("raw_tp/squeezed")
int squeezed(__u64 *ctx)
{
	struct squeezed *squeezed = (void *)ctx[0];

	answer[0] = BPF_CORE_READ_BITFIELD(squeezed, lead);
	answer[1] = BPF_CORE_READ_BITFIELD_PROBED(squeezed, byte);
	answer[2] = BPF_CORE_READ_BITFIELD_PROBED(squeezed, half);
	answer[3] = BPF_CORE_READ_BITFIELD_PROBED(squeezed, word);
	answer[4] = BPF_CORE_READ_BITFIELD_PROBED(squeezed, negative);
	answer[5] = BPF_CORE_READ_BITFIELD_PROBED(squeezed, wide);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
