/* What the core_, data_, map_, prog_ and sub_ objects need of the kernel's headers, so that they
 * compile with no vmlinux.h and no kernel headers at all. Numbers as in include/uapi/linux/bpf.h.
 *
 * These objects are for tests/oracle, which sends each to skep and to libbpf and compares what
 * reaches the kernel. Lines in them that say how:
 *
 *     // oracle: types NAME…         the kernel: targets/NAME.c, "6.1" or "6.12", which are Debian's,
 *                                    "shifted", see shifted.py, or "vmlinux", the running one
 *                                    (without this line: vmlinux)
 *     // oracle: edit ARGUMENTS…     what a user changes before load: --set VARIABLE=NUMBER,
 *                                    --max-entries MAP=NUMBER, --autoload PROGRAM=0|1,
 *                                    --autocreate MAP=0|1, --resize SECTION=BYTES,
 *                                    --target PROGRAM=FUNCTION of another program
 *     // oracle: module              a module is loaded: tests/oracle/module_types.cpp has its types
 *     // oracle: refused [TARGET…]   both must refuse it, for these targets or for all
 *     // oracle: says WORDS           and skep's error must contain these words
 */
#ifndef SKEP_TESTS_ORACLE_H
#define SKEP_TESTS_ORACLE_H

typedef unsigned char __u8;
typedef signed char __s8;
typedef unsigned short __u16;
typedef short __s16;
typedef unsigned int __u32;
typedef int __s32;
typedef unsigned long long __u64;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;

enum {
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
	BPF_MAP_TYPE_DEVMAP = 14,
	BPF_MAP_TYPE_SOCKMAP = 15,
	BPF_MAP_TYPE_CPUMAP = 16,
	BPF_MAP_TYPE_XSKMAP = 17,
	BPF_MAP_TYPE_SOCKHASH = 18,
	BPF_MAP_TYPE_CGROUP_STORAGE = 19,
	BPF_MAP_TYPE_REUSEPORT_SOCKARRAY = 20,
	BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE = 21,
	BPF_MAP_TYPE_QUEUE = 22,
	BPF_MAP_TYPE_STACK = 23,
	BPF_MAP_TYPE_SK_STORAGE = 24,
	BPF_MAP_TYPE_DEVMAP_HASH = 25,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_MAP_TYPE_INODE_STORAGE = 28,
	BPF_MAP_TYPE_TASK_STORAGE = 29,
	BPF_MAP_TYPE_BLOOM_FILTER = 30,
	BPF_MAP_TYPE_USER_RINGBUF = 31,
	BPF_MAP_TYPE_CGRP_STORAGE = 32,
};

enum {
	BPF_F_NO_PREALLOC = 1 << 0,
	BPF_F_NUMA_NODE = 1 << 2,
	BPF_F_RDONLY_PROG = 1 << 7,
	BPF_F_MMAPABLE = 1 << 10,
	BPF_F_INNER_MAP = 1 << 12,
};

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

/* Where programs leave their answers, so that clang cannot drop the reads. */
#define answers(COUNT) volatile long long answer[COUNT]

#endif
