// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The same as two_sizes, with a pointer that names one of the two types.
#include "two_sizes.bpf.c"

const struct begin *unused __attribute__((unused));
