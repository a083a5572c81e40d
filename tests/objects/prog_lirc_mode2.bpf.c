// Pulses of an infrared receiver, as scan codes.
#include "oracle.h"

SEC("lirc_mode2")
int decode(unsigned int *sample)
{
	unsigned int microseconds = *sample & 0xffffff;

	if (microseconds > 9000)
		bpf_rc_keydown(sample, 2, microseconds, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
