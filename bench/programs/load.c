/* load: makes the events that are measured, and says what a call cost.
 *
 *   load getppid|open [-n CALLS] [-t THREADS] [-c CPU] [-s] [-r RATE] [-w]
 *
 * getppid is the cheapest system call; open is openat(2) of a file that is not there. Each thread makes
 * CALLS of them, on CPU, CPU + 1 … (-s: all on CPU); at most RATE a second altogether. With -w it says "pid N" and waits
 * for a line, so that who measures can attach to that process first. Prints one line of JSON: calls,
 * seconds, and what one call took: mean, CPU time, and the median of stretches of 5000, which other
 * work on the machine moves least. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { most_threads = 1024 };

static int opens, threads = 1, first_cpu, share_cpu;
static uint64_t stretch = 5000; /* calls that are timed together */
static uint64_t calls = 1000000;
static double rate;

struct producer {
	pthread_t thread;
	int number;
	double begin, end, cpu;  /* seconds */
	double *stretches;       /* nanoseconds a call */
	uint64_t count;
};

static double clock_seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void run(uint64_t count)
{
	if (opens) {
		for (uint64_t i = 0; i < count; i++)
			syscall(SYS_openat, AT_FDCWD, "/nonexistent/abcde/a", O_RDONLY, 0);
	} else {
		for (uint64_t i = 0; i < count; i++)
			syscall(SYS_getppid);
	}
}

static void stay_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu % sysconf(_SC_NPROCESSORS_ONLN), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* At a rate the calls come in small groups, by the clock: to sleep would be too coarse. */
static void run_paced(double begin)
{
	const double each = threads / rate;

	for (uint64_t done = 0; done < calls; done += 16) {
		while (clock_seconds(CLOCK_MONOTONIC) < begin + done * each)
			__builtin_ia32_pause();
		run(16);
	}
}

static void *produce(void *argument)
{
	struct producer *p = argument;
	double cpu;

	stay_on(first_cpu + (share_cpu ? 0 : p->number));
	cpu = clock_seconds(CLOCK_THREAD_CPUTIME_ID);
	p->begin = clock_seconds(CLOCK_MONOTONIC);
	if (rate > 0) {
		run_paced(p->begin);
	} else {
		for (uint64_t i = 0; i < p->count; i++) {
			const double from = clock_seconds(CLOCK_MONOTONIC);

			run(stretch);
			p->stretches[i] = (clock_seconds(CLOCK_MONOTONIC) - from) * 1e9 / stretch;
		}
	}
	p->end = clock_seconds(CLOCK_MONOTONIC);
	p->cpu = clock_seconds(CLOCK_THREAD_CPUTIME_ID) - cpu;
	return NULL;
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	static struct producer all[most_threads];
	int option, waits = 0;

	if (argc < 2 || (strcmp(argv[1], "getppid") && strcmp(argv[1], "open")))
		return fprintf(stderr, "load getppid|open [options]\n"), 2;
	opens = !strcmp(argv[1], "open");
	optind = 2;
	while ((option = getopt(argc, argv, "n:t:c:r:ws")) != -1) {
		switch (option) {
		case 'n': calls = strtoull(optarg, NULL, 0); break;
		case 't': threads = atoi(optarg); break;
		case 'c': first_cpu = atoi(optarg); break;
		case 'r': rate = atof(optarg); break;
		case 'w': waits = 1; break;
		case 's': share_cpu = 1; break;
		default: return 2;
		}
	}
	if (threads < 1 || threads > most_threads)
		return 2;
	if (calls < stretch)
		stretch = calls;
	calls = (calls + stretch - 1) / stretch * stretch;
	for (int i = 0; i < threads; i++) {
		all[i].number = i;
		all[i].count = calls / stretch;
		all[i].stretches = calloc(all[i].count, sizeof(double));
	}
	if (waits) {
		printf("pid %d\n", getpid());
		fflush(stdout);
		if (getchar() == EOF)
			return 1;
	}
	for (int i = 0; i < threads; i++)
		pthread_create(&all[i].thread, NULL, produce, &all[i]);
	double begin = 1e18, end = 0, cpu = 0;
	for (int i = 0; i < threads; i++) {
		pthread_join(all[i].thread, NULL);
		begin = all[i].begin < begin ? all[i].begin : begin;
		end = all[i].end > end ? all[i].end : end;
		cpu += all[i].cpu;
	}
	qsort(all[0].stretches, all[0].count, sizeof(double), by_value);
	printf("{\"calls\": %lu, \"seconds\": %.6f, \"ns\": %.1f, \"cpu_ns\": %.1f, \"median_ns\": %.1f}\n",
	       (unsigned long)calls * threads, end - begin, (end - begin) * 1e9 / calls,
	       cpu * 1e9 / calls / threads, all[0].stretches[all[0].count / 2]);
	return 0;
}
