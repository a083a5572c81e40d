/* until: how long a command takes until it says a text, and what it has used by then.
 *
 *   until TEXT COMMAND…
 *
 * The command runs on a terminal of its own, so that it does not gather what it prints. When TEXT
 * has come, SIGINT ends it, again each second: some do not hear it while they attach. Prints one line of JSON: ms from before fork to the text, CPU time and peak memory
 * of the process at that moment, and at its end. */
#define _GNU_SOURCE
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const double patience = 60; /* seconds */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* The first number behind `key` in a file of /proc; without a key the first one. */
static double number_in(pid_t pid, const char *file, const char *key)
{
	char path[64], text[4096];
	const char *at;
	size_t size;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	in = fopen(path, "re");
	if (!in)
		return -1;
	size = fread(text, 1, sizeof(text) - 1, in);
	fclose(in);
	text[size] = 0;
	at = key ? strstr(text, key) : text;
	return at ? strtod(at + (key ? strlen(key) : 0), NULL) : -1;
}

int main(int argc, char **argv)
{
	static char seen[1 << 16];
	size_t length = 0;
	double begin, said = -1, cpu = -1, rss = -1;
	struct rusage usage;
	int terminal, status;
	pid_t child;

	if (argc < 3)
		return fprintf(stderr, "until TEXT COMMAND...\n"), 2;
	begin = now();
	child = forkpty(&terminal, NULL, NULL, NULL);
	if (child < 0)
		return perror("forkpty"), 1;
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	for (;;) {
		struct pollfd fd = {terminal, POLLIN, 0};
		ssize_t got;

		if (now() - begin > patience)
			kill(child, SIGKILL);
		if (poll(&fd, 1, 1000) <= 0) {
			if (said >= 0)
				kill(child, SIGINT);
			continue;
		}
		got = read(terminal, seen + length, sizeof(seen) - 1 - length);
		if (got <= 0)
			break; /* EIO: the command has ended */
		length += got;
		seen[length] = 0;
		if (said < 0 && strstr(seen, argv[1])) {
			said = now() - begin;
			cpu = number_in(child, "schedstat", NULL);
			rss = number_in(child, "status", "VmHWM:");
			kill(child, SIGINT);
		}
		if (length > sizeof(seen) / 2 && said >= 0)
			length = 0;
	}
	wait4(child, &status, 0, &usage);
	if (said < 0)
		return fprintf(stderr, "%.2000s\n", seen), 1;
	printf("{\"ms\": %.3f, \"cpu_ms\": %.3f, \"rss_kb\": %.0f, \"end_ms\": %.3f, \"peak_kb\": %ld}\n",
	       said * 1e3, cpu / 1e6, rss, (now() - begin) * 1e3, usage.ru_maxrss);
	return 0;
}
