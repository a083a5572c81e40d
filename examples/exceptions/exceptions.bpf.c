// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The C++ exceptions that programs throw and catch, by their type: USDT probes of libstdc++. A probe
// of another program is named in the same way: usdt/BINARY:PROVIDER:NAME.
//   skep run exceptions.bpf.c
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "skep/stream.bpf.h"
#include "skep/usdt.bpf.h"

enum what { throw, catch };

struct exception {
	__u32 pid;
	char comm[16];
	enum what what;
	char type[64]; /* as the compiler writes it: "St11logic_error" is std::logic_error */
};

SKEP_STREAM(exceptions, struct exception, 64 * 1024);

/* The beginning of a std::type_info. */
struct type_info {
	void *functions;
	const char *name;
};

static __always_inline int report(enum what what, const struct type_info *type)
{
	struct exception *exception = skep_reserve(exceptions);
	struct type_info info = {};

	if (!exception)
		return 0;
	exception->pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(exception->comm, sizeof(exception->comm));
	exception->what = what;
	bpf_probe_read_user(&info, sizeof(info), type);
	if (bpf_probe_read_user_str(exception->type, sizeof(exception->type), info.name) < 0)
		exception->type[0] = 0;
	skep_submit(exception);
	return 0;
}

SEC("usdt/libstdc++.so.6:libstdcxx:throw")
int BPF_USDT(on_throw, void *object, const struct type_info *type)
{
	return report(throw, type);
}

SEC("usdt/libstdc++.so.6:libstdcxx:catch")
int BPF_USDT(on_catch, void *object, const struct type_info *type)
{
	return report(catch, type);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
