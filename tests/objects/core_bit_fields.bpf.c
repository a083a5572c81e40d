// oracle: types same moved resized absent empty twins shifted
// FIELD_LSHIFT_U64 and FIELD_RSHIFT_U64 with the byte offset, size and sign that go with them: the
// two ways of bpf_core_read.h to read a bit field, for all widths and also for plain integers.
#include "oracle.h"
#include "shape.h"

answers(10);

SEC("raw_tp/bit_fields_direct")
int bit_fields_direct(__u64 *ctx)
{
	struct shape *shape = (void *)ctx[0];

	answer[0] = BPF_CORE_READ_BITFIELD(shape, visible);
	answer[1] = BPF_CORE_READ_BITFIELD(shape, level);
	answer[2] = BPF_CORE_READ_BITFIELD(shape, tilt);
	answer[3] = BPF_CORE_READ_BITFIELD(shape, stamp);
	answer[4] = BPF_CORE_READ_BITFIELD(shape, small);
	return 0;
}

SEC("raw_tp/bit_fields_probed")
int bit_fields_probed(__u64 *ctx)
{
	struct shape *shape = (void *)ctx[0];

	answer[5] = BPF_CORE_READ_BITFIELD_PROBED(shape, visible);
	answer[6] = BPF_CORE_READ_BITFIELD_PROBED(shape, level);
	answer[7] = BPF_CORE_READ_BITFIELD_PROBED(shape, tilt);
	answer[8] = BPF_CORE_READ_BITFIELD_PROBED(shape, stamp);
	answer[9] = BPF_CORE_READ_BITFIELD_PROBED(shape, refs);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
