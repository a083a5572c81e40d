/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* skep/usdt.bpf.h: the arguments of USDT probes.
 *
 *     SEC("usdt/libstdc++.so.6:libstdcxx:throw")
 *     int BPF_USDT(on_throw, void *object, void *type)
 *     { … }
 *
 * The names are those of libbpf's bpf/usdt.bpf.h, which it stands in for: an object needs one of the
 * two. It knows every form of argument that the assembler writes for integers and pointers, those
 * with an index register too (libbpf has them since 1.7), and reads no byte more than an argument
 * has. Kernel 5.15.
 */
#ifndef SKEP_USDT_BPF_H
#define SKEP_USDT_BPF_H

#ifdef __USDT_BPF_H__
#error "skep/usdt.bpf.h stands in for bpf/usdt.bpf.h: include one of them"
#endif
#define __USDT_BPF_H__

#include <linux/errno.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

/* Places with different arguments that can be attached at once. */
#ifndef BPF_USDT_MAX_SPEC_CNT
#define BPF_USDT_MAX_SPEC_CNT 256
#endif

#define BPF_USDT_MAX_ARG_CNT 12

enum __bpf_usdt_arg_type {
	BPF_USDT_ARG_CONST,	/* val_off itself */
	BPF_USDT_ARG_REG,	/* a register */
	BPF_USDT_ARG_REG_DEREF,	/* memory at register + val_off */
	BPF_USDT_ARG_SIB,	/* memory at register + (index register << shift) + val_off */
};

/* Loaders find the fields by their names. */
struct __bpf_usdt_arg_spec {
	__u64 val_off;
	__u8 arg_type;
	__u8 scale_bitshift;
	__u16 idx_reg_off;	/* bytes from the start of struct pt_regs */
	short reg_off;		/* the same */
	bool arg_signed;
	char arg_bitshift;	/* 64 less the bits that the argument has */
};

struct __bpf_usdt_spec {
	struct __bpf_usdt_arg_spec args[BPF_USDT_MAX_ARG_CNT];
	__u64 usdt_cookie;
	short arg_cnt;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, BPF_USDT_MAX_SPEC_CNT);
	__type(key, int);
	__type(value, struct __bpf_usdt_spec);
} __bpf_usdt_specs SEC(".maps") __weak;

/* For libbpf, which asks for it and, on kernels that have cookies, leaves it empty. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, long);
	__type(value, __u32);
} __bpf_usdt_ip_to_spec_id SEC(".maps") __weak;

static __always_inline struct __bpf_usdt_spec *skep_usdt_spec(struct pt_regs *ctx)
{
	int index = (int)bpf_get_attach_cookie(ctx);

	return bpf_map_lookup_elem(&__bpf_usdt_specs, &index);
}

/* How many arguments the probe has; -ESRCH when it is none of this loader's. */
static __always_inline int bpf_usdt_arg_cnt(struct pt_regs *ctx)
{
	struct __bpf_usdt_spec *spec = skep_usdt_spec(ctx);

	return spec ? spec->arg_cnt : -ESRCH;
}

/* The cookie that the user gave when attaching. */
static __always_inline long bpf_usdt_cookie(struct pt_regs *ctx)
{
	struct __bpf_usdt_spec *spec = skep_usdt_spec(ctx);

	return spec ? (long)spec->usdt_cookie : 0;
}

/* The value of argument `number`, from 0, into *result: extended to 64 bits by its sign. 0, or an
 * error (*result is 0 then): -ENOENT for one that the probe has not, -EFAULT when its memory is not
 * there. */
__weak __hidden int bpf_usdt_arg(struct pt_regs *ctx, __u64 number, long *result)
{
	struct __bpf_usdt_spec *spec = skep_usdt_spec(ctx);
	struct __bpf_usdt_arg_spec *arg;
	__u64 value = 0, index = 0;
	unsigned int unused, bytes;
	long error;

	*result = 0;
	if (!spec)
		return -ESRCH;
	if (number >= BPF_USDT_MAX_ARG_CNT || (long)number >= spec->arg_cnt)
		return -ENOENT;
	arg = &spec->args[number];
	unused = (unsigned char)arg->arg_bitshift & 63;
	bytes = 8 - unused / 8;

	if (arg->arg_type == BPF_USDT_ARG_CONST) {
		value = arg->val_off;
	} else {
		error = bpf_probe_read_kernel(&value, sizeof(value), (void *)ctx + arg->reg_off);
		if (error)
			return error;
	}
	if (arg->arg_type == BPF_USDT_ARG_SIB) {
		error = bpf_probe_read_kernel(&index, sizeof(index), (void *)ctx + arg->idx_reg_off);
		if (error)
			return error;
		value += index << (arg->scale_bitshift & 3);
	}
	if (arg->arg_type >= BPF_USDT_ARG_REG_DEREF) {
		void *address = (void *)(value + arg->val_off);

		value = 0;
		error = bpf_probe_read_user(&value, bytes, address);
		if (error)
			return error;
	}
	value <<= unused;
	*result = arg->arg_signed ? (long)value >> unused : (long)(value >> unused);
	return 0;
}

static __always_inline long skep_usdt_value(struct pt_regs *ctx, __u64 number)
{
	long value;

	bpf_usdt_arg(ctx, number, &value);
	return value;
}

/* skep_usdt_values3(): ctx and the first three arguments. */
#define skep_usdt_values0() ctx
#define skep_usdt_values1() skep_usdt_values0(), skep_usdt_value(ctx, 0)
#define skep_usdt_values2() skep_usdt_values1(), skep_usdt_value(ctx, 1)
#define skep_usdt_values3() skep_usdt_values2(), skep_usdt_value(ctx, 2)
#define skep_usdt_values4() skep_usdt_values3(), skep_usdt_value(ctx, 3)
#define skep_usdt_values5() skep_usdt_values4(), skep_usdt_value(ctx, 4)
#define skep_usdt_values6() skep_usdt_values5(), skep_usdt_value(ctx, 5)
#define skep_usdt_values7() skep_usdt_values6(), skep_usdt_value(ctx, 6)
#define skep_usdt_values8() skep_usdt_values7(), skep_usdt_value(ctx, 7)
#define skep_usdt_values9() skep_usdt_values8(), skep_usdt_value(ctx, 8)
#define skep_usdt_values10() skep_usdt_values9(), skep_usdt_value(ctx, 9)
#define skep_usdt_values11() skep_usdt_values10(), skep_usdt_value(ctx, 10)
#define skep_usdt_values12() skep_usdt_values11(), skep_usdt_value(ctx, 11)

/* A program whose parameters are the probe's arguments; ctx is there, too. An argument that cannot
 * be read, or that the probe has not, is 0. */
#define BPF_USDT(name, parameters...)                                                              \
	name(struct pt_regs *ctx);                                                                 \
	static __always_inline typeof(name(0)) skep_usdt_##name(struct pt_regs *ctx, ##parameters); \
	typeof(name(0)) name(struct pt_regs *ctx)                                                  \
	{                                                                                          \
		_Pragma("clang diagnostic push")                                                   \
		_Pragma("clang diagnostic ignored \"-Wint-conversion\"")                           \
		return skep_usdt_##name(                                                           \
			___bpf_apply(skep_usdt_values, ___bpf_narg(parameters))());                \
		_Pragma("clang diagnostic pop")                                                    \
	}                                                                                          \
	static __always_inline typeof(name(0)) skep_usdt_##name(struct pt_regs *ctx, ##parameters)

#endif
