/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Found before libbpf's header of this name: that one comes first, then what it may be too old for. */
#pragma once
#include_next <bpf/bpf_helpers.h>
#include <skep/compat.bpf.h>
