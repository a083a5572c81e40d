// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The first program: a line for each program that is started. Hung on another hook it stays as it
// is.
//   skep run hello.bpf.c
//   skep run hello.bpf.c --attach hello=ksyscall:execve
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("tp/syscalls/sys_enter_execve")
int hello(void *ctx)
{
	bpf_printk("Hello World");
	return 0;
}

SEC("?ksyscall/execve")
int hello_kprobe(void *ctx)
{
	bpf_printk("Hello World of a kprobe");
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
