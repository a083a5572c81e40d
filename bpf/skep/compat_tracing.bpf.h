/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* skep/compat_tracing.bpf.h: what bpf/bpf_tracing.h has since libbpf 1.2. See skep/compat.bpf.h. */
#pragma once

#include <skep/compat.bpf.h>

/* A function's sixth argument, and a system call's, where the calling convention has it in a register:
 * r9 on x86-64 (psABI 3.2.3), x5 to x7 on arm64 (AAPCS64 6.8.2). */
#ifndef PT_REGS_PARM6
#if defined(__TARGET_ARCH_x86)
#define __skep_register6 r9
#elif defined(__TARGET_ARCH_arm64)
#define __skep_register6 regs[5]
#define __skep_register7 regs[6]
#define __skep_register8 regs[7]
#endif

#ifdef __skep_register6
#define PT_REGS_PARM6(x) (__PT_REGS_CAST(x)->__skep_register6)
#define PT_REGS_PARM6_CORE(x) BPF_CORE_READ(__PT_REGS_CAST(x), __skep_register6)
#define PT_REGS_PARM6_SYSCALL(x) PT_REGS_PARM6(x)
#define PT_REGS_PARM6_CORE_SYSCALL(x) PT_REGS_PARM6_CORE(x)
/* The names with which BPF_KPROBE and BPF_KSYSCALL of libbpf 1.1 look for it. */
#define ___bpf_kprobe_args6(x, args...) ___bpf_kprobe_args5(args), (void *)PT_REGS_PARM6(ctx)
#define ___bpf_syscall_args6(x, args...) \
	___bpf_syscall_args5(args), (void *)PT_REGS_PARM6_SYSCALL(regs)
#define ___bpf_syswrap_args6(x, args...) \
	___bpf_syswrap_args5(args), (void *)PT_REGS_PARM6_CORE_SYSCALL(regs)
#endif
#ifdef __skep_register7
#define PT_REGS_PARM7(x) (__PT_REGS_CAST(x)->__skep_register7)
#define PT_REGS_PARM7_CORE(x) BPF_CORE_READ(__PT_REGS_CAST(x), __skep_register7)
#define PT_REGS_PARM8(x) (__PT_REGS_CAST(x)->__skep_register8)
#define PT_REGS_PARM8_CORE(x) BPF_CORE_READ(__PT_REGS_CAST(x), __skep_register8)
#define ___bpf_kprobe_args7(x, args...) ___bpf_kprobe_args6(args), (void *)PT_REGS_PARM7(ctx)
#define ___bpf_kprobe_args8(x, args...) ___bpf_kprobe_args7(args), (void *)PT_REGS_PARM8(ctx)
#endif
#endif

/* A user function's arguments lie where a kernel function's do. */
#ifndef BPF_UPROBE
#define BPF_UPROBE(name, args...) BPF_KPROBE(name, ##args)
#endif
#ifndef BPF_URETPROBE
#define BPF_URETPROBE(name, args...) BPF_KRETPROBE(name, ##args)
#endif
