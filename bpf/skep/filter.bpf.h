/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* skep/filter.bpf.h: the parameters that tools about processes share, applied in the kernel.
 *
 *     if (!skep_wanted())
 *             return 0;
 *
 * `skep run NAME --pid 42 --uid 1000` sets them before the program is loaded, so that the verifier
 * removes the tests for those that are not given: an unused filter costs nothing.
 */
#ifndef SKEP_FILTER_BPF_H
#define SKEP_FILTER_BPF_H

#include "skep/columns.bpf.h"

/* Only this process (its threads included), by the number that the initial pid namespace gives it;
 * 0: all. */
const volatile int pid = 0;
/* Only processes whose real user id is this; -1: all. */
const volatile skep_uid_t uid = -1;
/* Only processes in the cgroup (version 2) with this id, the inode number of its folder (`stat -c
 * %i`); not in those below it. 0: all. */
const volatile unsigned long long cgroup = 0;

/* Whether the current task passes. In the exit path a task is still in its cgroup: do_exit calls
 * the tracepoint sched_process_exit before cgroup_exit, which keeps the css_set anyway. */
static __always_inline bool skep_wanted(void)
{
	if (pid && (int)(bpf_get_current_pid_tgid() >> 32) != pid)
		return false;
	if (uid != (skep_uid_t)-1 && (skep_uid_t)bpf_get_current_uid_gid() != uid)
		return false;
	return !cgroup || bpf_get_current_cgroup_id() == cgroup;
}

#endif
