/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
#ifndef LOCAL_HEADER_H
#define LOCAL_HEADER_H
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#define NAME_LENGTH 16

struct started {
	int tgid;
	char name[NAME_LENGTH];
};

static inline void fill_started(struct started *event)
{
	event->tgid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(event->name, sizeof(event->name));
}

#endif
