/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* skep/annotations.bpf.h: what an author may say of members, variables, maps and programs.
 *
 * Each becomes BTF (a btf_decl_tag), which any loader passes over and `skep plan` and `skep run` read;
 * none is needed. One that says nothing where it stands is an error before anything is loaded. They
 * stand behind the name, and before an initial value; of a program, beside its SEC:
 *
 *	const volatile int target_pid SKEP_ABOUT("only this process") = 0;
 *	const volatile __u64 shortest SKEP_UNIT("us") SKEP_ABOUT("what took less is left out") = 100;
 *
 *	struct event {
 *		__u64 took SKEP_UNIT("us") SKEP_ABOUT("from open to close");
 *		__u32 state SKEP_KIND("enum=task_state");
 *		__u32 padding SKEP_HIDDEN;
 *		char name[64] SKEP_WIDTH(20);
 *	};
 *
 *	struct { … } latencies SEC(".maps") SKEP_LOG2("us");
 */
#ifndef SKEP_ANNOTATIONS_BPF_H
#define SKEP_ANNOTATIONS_BPF_H

#define SKEP_TAG(TEXT) __attribute__((btf_decl_tag("skep:" TEXT)))
#define SKEP_TEXT_OF(WORD) #WORD
#define SKEP_TEXT(WORD) SKEP_TEXT_OF(WORD)

/* Members, and global variables that are shown: what it means (docs/columns.md lists the kinds). */
#define SKEP_KIND(KIND) SKEP_TAG("kind=" KIND)
/* The same: not shown. Maps: not shown unless asked for. */
#define SKEP_HIDDEN SKEP_TAG("hidden")
/* The same: terminal columns. */
#define SKEP_WIDTH(COLUMNS) SKEP_TAG("width=" SKEP_TEXT(COLUMNS))

/* Members, variables and parameters: the unit of a number. "ns", "us", "ms", "s" are durations, "bytes"
 * a size; any other word stands beside the name ("pages"). */
#define SKEP_UNIT(UNIT) SKEP_TAG("unit=" UNIT)

/* Members, structs, variables, parameters, maps and programs: a few words for `skep plan`, and for
 * the --help of the object. */
#define SKEP_ABOUT(TEXT) SKEP_TAG("about=" TEXT)

/* An array of counts, as a member or a global variable, or a map that is an array of counts: slot i
 * says how often there were values from 2^i on (the first one: 0 and 1), in that unit (or ""). */
#define SKEP_LOG2(UNIT) SKEP_TAG("log2=" UNIT)
/* The same: slot i says how often there were values from FROM + i * STEP on. The last slot has
 * those above it, too. */
#define SKEP_LINEAR(UNIT, FROM, STEP) \
	SKEP_TAG("linear=" SKEP_TEXT(FROM) "," SKEP_TEXT(STEP) "," UNIT)

/* Programs: of those with one NAME the first that the kernel takes is attached, in the order of RANK
 * (1, 2, …), as fentry before kprobe before a tracepoint. skep says which one it was, and why the
 * ones before it were not. */
#define SKEP_ALTERNATIVE(NAME, RANK) SKEP_TAG("alternative=" SKEP_TEXT(RANK) "," NAME)

#endif
