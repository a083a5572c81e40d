/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* skep/compat.bpf.h: what bpf/bpf_helpers.h has since libbpf 1.2, for a system with an older one.
 *
 * The headers in skep's folder bpf/ include this one behind libbpf's: whatever that defines stays as it
 * is. A program may still define any of these names itself, and its own definition counts: that is why
 * nothing is said of macros that are defined twice from here on. */
#pragma once

#pragma clang diagnostic ignored "-Wmacro-redefined"

/* Declaration tags of a global function's arguments (kernel 6.8), and type tags of pointers in maps.
 * The verifier knows them by these texts. */
#ifndef __kptr_untrusted
#define __kptr_untrusted __attribute__((btf_type_tag("kptr_untrusted")))
#endif
#ifndef __percpu_kptr
#define __percpu_kptr __attribute__((btf_type_tag("percpu_kptr")))
#endif
#ifndef __uptr
#define __uptr __attribute__((btf_type_tag("uptr")))
#endif
#ifndef __arg_ctx
#define __arg_ctx __attribute__((btf_decl_tag("arg:ctx")))
#endif
#ifndef __arg_nonnull
#define __arg_nonnull __attribute__((btf_decl_tag("arg:nonnull")))
#endif
#ifndef __arg_nullable
#define __arg_nullable __attribute__((btf_decl_tag("arg:nullable")))
#endif
#ifndef __arg_trusted
#define __arg_trusted __attribute__((btf_decl_tag("arg:trusted")))
#endif
#ifndef __arg_untrusted
#define __arg_untrusted __attribute__((btf_decl_tag("arg:untrusted")))
#endif
#ifndef __arg_arena
#define __arg_arena __attribute__((btf_decl_tag("arg:arena")))
#endif
#ifndef __bpf_fastcall
#if __has_attribute(bpf_fastcall)
#define __bpf_fastcall __attribute__((bpf_fastcall))
#else
#define __bpf_fastcall
#endif
#endif

/* A member of a map's definition whose value takes more than 32 bits: map_extra of an arena. */
#ifndef __ulong
#define __skep_unique2(a, b) a##b
#define __skep_unique(a, b) __skep_unique2(a, b)
#define __ulong(name, val) enum { __skep_unique(__skep_value_, __COUNTER__) = val } name
#endif

/* Pointers into an arena: an address space of its own, which clang 19 has. */
#ifndef __arena
#ifdef __BPF_FEATURE_ADDR_SPACE_CAST
#define __arena __attribute__((address_space(1)))
#else
#define __arena
#endif
#endif

/* Whether the kernel has what is declared with __ksym __weak. */
#ifndef bpf_ksym_exists
#define bpf_ksym_exists(sym) (!!(sym))
#endif

/* Loops over an iterator of the kernel's (6.4). Each of its kinds NAME is a struct bpf_iter_NAME and the
 * functions bpf_iter_NAME_new, _next and _destroy; leaving the loop in any way destroys it. clang tells
 * BTF of a function that only `cleanup` calls when it is named somewhere else as well. */
#ifndef bpf_for_each
#define bpf_for_each(type, cur, args...)                                                     \
	for (struct bpf_iter_##type __skep_iter                                              \
		     __attribute__((aligned(8), cleanup(bpf_iter_##type##_destroy))),        \
		     *__skep_begun __attribute__((unused)) =                                 \
			     (bpf_iter_##type##_new(&__skep_iter, ##args),                   \
			      (void)&bpf_iter_##type##_destroy, (void *)0);                  \
	     ((cur) = bpf_iter_##type##_next(&__skep_iter)) != 0;)
#endif

/* linux/bpf.h has the iterator of numbers since 6.4, vmlinux.h when its kernel has it. */
#if !defined(__VMLINUX_H__) && __has_include(<linux/version.h>)
#include <linux/version.h>
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
struct bpf_iter_num {
	__u64 __opaque[1];
} __attribute__((aligned(8)));
#endif
#endif

#ifndef bpf_for
struct bpf_iter_num;
extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __weak __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __weak __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __weak __ksym;

/* Every i from start up to, but without, end. The verifier needs to be told that i lies in between. */
#define bpf_for(i, start, end)                                                               \
	for (struct bpf_iter_num __skep_numbers                                              \
		     __attribute__((aligned(8), cleanup(bpf_iter_num_destroy))),             \
		     *__skep_begun __attribute__((unused)) =                                 \
			     (bpf_iter_num_new(&__skep_numbers, (start), (end)),             \
			      (void)&bpf_iter_num_destroy, (void *)0);                       \
	     ({                                                                              \
		     const int *__skep_next = bpf_iter_num_next(&__skep_numbers);            \
		     (i) = __skep_next ? *__skep_next : 0;                                   \
		     __skep_next && (i) >= (start) && (i) < (end);                           \
	     });)

/* N times. */
#ifndef bpf_repeat
#define bpf_repeat(N)                                                                        \
	for (struct bpf_iter_num __skep_numbers                                              \
		     __attribute__((aligned(8), cleanup(bpf_iter_num_destroy))),             \
		     *__skep_begun __attribute__((unused)) =                                 \
			     (bpf_iter_num_new(&__skep_numbers, 0, (N)),                     \
			      (void)&bpf_iter_num_destroy, (void *)0);                       \
	     bpf_iter_num_next(&__skep_numbers) != 0;)
#endif
#endif
