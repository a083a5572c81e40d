/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* skep/text.bpf.h: fills the variable-length texts of a record (skep_text_t).
 *
 *     struct buffer { struct event event; char data[SKEP_PATH_ROOM]; };
 *     SKEP_SCRATCH(scratch, struct buffer, 1);
 *
 *     __u64 length = sizeof(b->event);
 *     length += skep_text_from_user(&b->event.path, b->data, length, SKEP_PATH_ROOM, user_path);
 *     skep_output(events, b, length);
 */
#ifndef SKEP_TEXT_BPF_H
#define SKEP_TEXT_BPF_H

#include "skep/columns.bpf.h"

/* Room for the longest path that a system call takes (PATH_MAX counts its NUL) and one byte more,
 * so that a path which the kernel refused for its length is seen to be longer. */
#define SKEP_PATH_ROOM (4096 + 1)

/* `result` is what bpf_probe_read_*_str returned for a buffer of `room` bytes: the length with its
 * NUL, or negative when the memory could not be read. A text that could not be read is marked as
 * cut at length 0: an empty one it is not. Returns the length, and shows the verifier that it is
 * less than `room` (the barrier keeps clang from testing one register and using another). */
static __always_inline __u64 skep_text_set(skep_text_t *text, __u64 offset, __u64 room, long result)
{
	__u64 length = result > 0 ? (__u64)result - 1 : 0;

	barrier_var(length);
	if (length >= room)
		length = room - 1;
	text->offset = offset;
	text->length = length;
	text->total = result <= 0 || result == room ? length + 1 : length;
	return length;
}

/* Copies the string at the user address `from` to `to`, `offset` bytes from the record's start,
 * where there are `room` bytes; returns its length. Only memory that is resident can be read: call
 * it when the kernel itself has read the string, at a system call's exit rather than its entry. */
static __always_inline __u64 skep_text_from_user(skep_text_t *text, char *to, __u64 offset,
						 __u64 room, const void *from)
{
	return skep_text_set(text, offset, room, bpf_probe_read_user_str(to, room, from));
}

static __always_inline __u64 skep_text_from_kernel(skep_text_t *text, char *to, __u64 offset,
						   __u64 room, const void *from)
{
	return skep_text_set(text, offset, room, bpf_probe_read_kernel_str(to, room, from));
}

#endif
