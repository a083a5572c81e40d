/* What the programs that are compared send: the same fields in each. */
#ifndef EVENTS_H
#define EVENTS_H

struct opened { /* an openat(2), at its entry: 296 bytes */
	unsigned long long time;
	unsigned int pid, tid, uid;
	int flags;
	char comm[16];
	char path[256];
};

struct small { /* a getppid(2) */
	unsigned long long time, number;
	unsigned int pid, tid;
	char comm[16];
	char text[24];
};

struct large {
	unsigned long long time, number;
	unsigned int pid, tid;
	char comm[16];
	char text[216];
};

#endif
