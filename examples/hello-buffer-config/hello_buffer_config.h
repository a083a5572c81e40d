/* The record of hello_buffer_config.bpf.c, as both sides read it. */
#pragma once

struct hello {
	__u32 pid;
	__u32 user;
	char command[16];
	char message[16];
	char path[16];
};
