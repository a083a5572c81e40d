/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* skep/compat_core.bpf.h: what bpf/bpf_core_read.h has since libbpf 1.4. See skep/compat.bpf.h. */
#pragma once

#include <bpf/bpf_helpers.h>

/* A pointer that the verifier shall trust to be read as a type of the kernel's (6.2). */
#ifndef bpf_core_cast
extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;
#define bpf_core_cast(ptr, type) \
	((typeof(type) *)bpf_rdonly_cast((ptr), bpf_core_type_id_kernel(type)))
#endif

/* Writes a bit field of a kernel's struct that the program may write directly. What lies at the field's
 * bytes is read whole, the field's bits are exchanged, and the whole is written. */
#ifndef BPF_CORE_WRITE_BITFIELD
#define BPF_CORE_WRITE_BITFIELD(s, field, new_val)                                           \
	({                                                                                   \
		void *__skep_at = (void *)(s) + __CORE_RELO(s, field, BYTE_OFFSET);          \
		const unsigned __skep_left = __CORE_RELO(s, field, LSHIFT_U64);              \
		const unsigned __skep_right = __CORE_RELO(s, field, RSHIFT_U64);             \
		const unsigned long long __skep_mask = ~0ULL << __skep_right >> __skep_left; \
		const unsigned long long __skep_bits =                                       \
			(unsigned long long)(new_val) << __skep_right >> __skep_left;        \
		switch (__CORE_RELO(s, field, BYTE_SIZE)) {                                  \
		case 1:                                                                      \
			*(unsigned char *)__skep_at =                                        \
				(*(unsigned char *)__skep_at & ~__skep_mask) | __skep_bits;  \
			break;                                                               \
		case 2:                                                                      \
			*(unsigned short *)__skep_at =                                       \
				(*(unsigned short *)__skep_at & ~__skep_mask) | __skep_bits; \
			break;                                                               \
		case 4:                                                                      \
			*(unsigned *)__skep_at =                                             \
				(*(unsigned *)__skep_at & ~__skep_mask) | __skep_bits;       \
			break;                                                               \
		case 8:                                                                      \
			*(unsigned long long *)__skep_at =                                   \
				(*(unsigned long long *)__skep_at & ~__skep_mask) |          \
				__skep_bits;                                                 \
			break;                                                               \
		}                                                                            \
	})
#endif
