/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* skep/vmlinux_min.h: the kernel types that skep's own tools read, kept by hand.
 *
 * It stands in for a full vmlinux.h (3 MB, one kernel's): CO-RE finds each field where the running
 * kernel has it, so a struct names only the fields that are read, in any order, and never claims a
 * size. libbpf's kernel-side headers (bpf/bpf_helpers.h, bpf_tracing.h, bpf_core_read.h) compile
 * after it. Constants are those of include/uapi/linux/bpf.h: ABI, the same on every machine.
 *
 * The guard's second name is the one that a full vmlinux.h has: whichever comes first wins.
 */
#ifndef SKEP_VMLINUX_MIN_H
#define SKEP_VMLINUX_MIN_H

#ifndef __VMLINUX_H__
#define __VMLINUX_H__

typedef signed char __s8;
typedef unsigned char __u8;
typedef short __s16;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;
typedef __s8 s8;
typedef __u8 u8;
typedef __s16 s16;
typedef __u16 u16;
typedef __s32 s32;
typedef __u32 u32;
typedef __s64 s64;
typedef __u64 u64;
typedef __u16 __le16;
typedef __u16 __be16;
typedef __u32 __le32;
typedef __u32 __be32;
typedef __u64 __le64;
typedef __u64 __be64;
typedef __u16 __sum16;
typedef __u32 __wsum;
typedef unsigned long size_t;
typedef long ssize_t;
typedef int pid_t;
typedef _Bool bool;
enum { false = 0, true = 1 };
#define NULL ((void *)0)

enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PROG_ARRAY = 3,
	BPF_MAP_TYPE_PERF_EVENT_ARRAY = 4,
	BPF_MAP_TYPE_PERCPU_HASH = 5,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_STACK_TRACE = 7,
	BPF_MAP_TYPE_CGROUP_ARRAY = 8,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_LRU_PERCPU_HASH = 10,
	BPF_MAP_TYPE_LPM_TRIE = 11,
	BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
	BPF_MAP_TYPE_HASH_OF_MAPS = 13,
	BPF_MAP_TYPE_QUEUE = 22,
	BPF_MAP_TYPE_STACK = 23,
	BPF_MAP_TYPE_SK_STORAGE = 24,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_MAP_TYPE_INODE_STORAGE = 28,
	BPF_MAP_TYPE_TASK_STORAGE = 29,
	BPF_MAP_TYPE_BLOOM_FILTER = 30,
	BPF_MAP_TYPE_USER_RINGBUF = 31,
	BPF_MAP_TYPE_CGRP_STORAGE = 32,
};

/* bpf_map_update_elem */
enum { BPF_ANY = 0, BPF_NOEXIST = 1, BPF_EXIST = 2, BPF_F_LOCK = 4 };

/* BPF_MAP_CREATE */
enum { BPF_F_NO_PREALLOC = 1U << 0, BPF_F_RDONLY_PROG = 1U << 7, BPF_F_MMAPABLE = 1U << 10 };

/* bpf_*_storage_get */
enum { BPF_LOCAL_STORAGE_GET_F_CREATE = 1U << 0 };

/* bpf_ringbuf_{output,submit,discard}, bpf_ringbuf_query */
enum { BPF_RB_NO_WAKEUP = 1U << 0, BPF_RB_FORCE_WAKEUP = 1U << 1 };
enum { BPF_RB_AVAIL_DATA = 0, BPF_RB_RING_SIZE = 1, BPF_RB_CONS_POS = 2, BPF_RB_PROD_POS = 3 };

/* bpf_get_stack, bpf_perf_event_output */
enum { BPF_F_USER_STACK = 1ULL << 8, BPF_F_USER_BUILD_ID = 1ULL << 11 };
#define BPF_F_CURRENT_CPU 0xffffffffULL

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int counter;
} atomic_t;

/* include/linux/sched/signal.h: shared by the threads of a process */
struct signal_struct {
	atomic_t live; /* threads that have not begun to exit */
	int group_exit_code;
	unsigned int flags; /* SIGNAL_* below */
};

/* include/linux/mm_types.h */
struct mm_struct {
	unsigned long arg_start, arg_end; /* user addresses of the argument strings */
	unsigned long env_start, env_end;
};

/* include/linux/cred.h */
typedef struct {
	unsigned int val;
} kuid_t;

typedef struct {
	unsigned int val;
} kgid_t;

struct cred {
	kuid_t uid, euid;
	kgid_t gid, egid;
};

/* include/linux/sched.h */
struct task_struct {
	unsigned int flags; /* PF_* below */
	int exit_code;
	int pid;  /* a thread's number */
	int tgid; /* the process's number: what getpid(2) returns */
	char comm[16];
	__u64 start_boottime; /* ns since boot, of this thread (5.5) */
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct mm_struct *mm;
	struct signal_struct *signal;
	const struct cred *cred;
};

/* include/linux/binfmts.h: a program on its way through execve */
struct linux_binprm {
	const char *filename; /* as the caller named it */
	const char *interp;   /* what really runs: the interpreter of a script */
	int argc, envc;
};

/* TRACE_EVENT(sched_process_exit); before 6.16 of another class, without group_dead */
struct trace_event_raw_sched_process_exit {
	bool group_dead;
};

/* TRACE_EVENT_FN(sys_enter), (sys_exit): also the context of syscalls/sys_exit_NAME */
struct trace_event_raw_sys_enter {
	long id;
	unsigned long args[6];
};

struct trace_event_raw_sys_exit {
	long id;
	long ret;
};

/* The registers of user space, as the PT_REGS_* macros of bpf/bpf_tracing.h name them. */
#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8;
	unsigned long ax, cx, dx, si, di, orig_ax, ip, cs, flags, sp, ss;
};
#elif defined(__TARGET_ARCH_arm64)
struct user_pt_regs {
	__u64 regs[31];
	__u64 sp, pc, pstate;
};

struct pt_regs {
	__u64 orig_x0;
};
#endif

#pragma clang attribute pop

/* include/linux/sched/signal.h: group_exit_code counts */
#define SIGNAL_GROUP_EXIT 0x00000004

/* include/linux/sched.h */
#define PF_KTHREAD 0x00200000

#endif /* __VMLINUX_H__ */
#endif
