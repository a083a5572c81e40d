/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* skep/columns.bpf.h: types that say what a field of a record means.
 *
 * Each is a plain integer or a small struct to the program; `skep run` reads the typedef's name
 * from BTF and shows the field accordingly. None is needed: a field of an ordinary type is shown
 * by that type.
 */
#ifndef SKEP_COLUMNS_BPF_H
#define SKEP_COLUMNS_BPF_H

#include "annotations.bpf.h"

/* 0, or a negative errno; shown by name: ENOENT. */
typedef int skep_errno_t;
/* What a system call returned: a number, or a negative errno by name. */
typedef long long skep_result_t;
/* A signal's number; shown by name, "-" when 0. */
typedef int skep_signal_t;
/* Nanoseconds that something took. */
typedef unsigned long long skep_duration_ns_t;
/* Nanoseconds since boot (bpf_ktime_get_boot_ns); shown as time of day. */
typedef unsigned long long skep_time_ns_t;
/* The flags of open(2): O_RDONLY|O_CLOEXEC. */
typedef unsigned int skep_open_flags_t;
/* Permission bits; shown in octal. */
typedef unsigned int skep_mode_t;
/* A user's number. */
typedef unsigned int skep_uid_t;

/* A text of variable length elsewhere in the same record: `length` bytes at `offset` from the
 * record's start; `total` is how long it was before it was cut to fit, or just more than `length`
 * when that is not known (so a cut one is shown with an ellipsis, never passed off as whole). It
 * needs no NUL. skep/text.bpf.h fills it. */
typedef struct {
	unsigned short offset;
	unsigned short length;
	unsigned int total;
} skep_text_t;

/* The same, holding words that each end in a NUL (the last one not, when it was cut): an argument
 * vector. */
typedef struct {
	unsigned short offset;
	unsigned short length;
	unsigned int total;
} skep_words_t;

#endif
