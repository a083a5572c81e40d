/* obs: obs.bpf.c by libbpf, as one writes it by hand.
 *
 *   obs OBJECT PROGRAM|all [-s RING_BYTES] [-w WAKE_BYTES] [-p PID] [-o]
 *
 * Loads what begins with PROGRAM. Says "attached", then reads until SIGINT; -o prints each event (stdio), else
 * they are counted. With -w it looks every 10 ms, or when WAKE_BYTES wait; else libbpf's poll. At the end one
 * line of JSON on the error output: events, lost. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "events.h"

static volatile sig_atomic_t stopped;
static uint64_t events;
static int prints;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static int warn_only(enum libbpf_print_level level, const char *format, va_list list)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, list) : 0;
}

static int on_event(void *context, void *data, size_t size)
{
	const struct opened *e = data;

	(void)context;
	events++;
	if (prints && size == sizeof(*e))
		printf("%-6u %-16s %3d %s\n", e->pid, e->comm, e->flags, e->path);
	else if (prints) {
		const struct large *g = data;
		printf("%-6u %-16s %10llu %s\n", g->pid, g->comm, g->number, g->text);
	}
	return 0;
}

static int give_up(const char *what)
{
	fprintf(stderr, "obs: %s: %s\n", what, strerror(errno));
	return 1;
}

/* A global variable of the section's map, by its place: the object has these only. */
static int find_section(struct bpf_object *object, const char *suffix)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object) {
		const char *dot = strrchr(bpf_map__name(map), '.');

		if (dot && !strcmp(dot, suffix))
			return bpf_map__fd(map);
	}
	return -1;
}

/* Those of obs.bpf.c, as they lie in its section; other objects keep what they have. */
static void set_parameters(struct bpf_object *object, uint64_t wake, int target)
{
	struct { uint64_t wake; int target; } __attribute__((packed)) values = {wake, target};
	struct bpf_map *map;
	size_t size;

	bpf_object__for_each_map(map, object) {
		const char *dot = strrchr(bpf_map__name(map), '.');

		if (dot && !strcmp(dot, ".rodata") && bpf_map__initial_value(map, &size) && size == sizeof(values))
			bpf_map__set_initial_value(map, &values, sizeof(values));
	}
}

/* By the beginning of its name. */
static int is_wanted(const struct bpf_program *program, const char *name)
{
	return !strcmp(name, "all") || !strncmp(bpf_program__name(program), name, strlen(name));
}

static void read_events(struct ring_buffer *ring, int map, uint64_t wake)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};
	int epoll = epoll_create1(0);

	if (wake)
		epoll_ctl(epoll, EPOLL_CTL_ADD, map, &event);
	while (!stopped) {
		int got;

		if (wake) {
			got = epoll_wait(epoll, &event, 1, 10);
			ring_buffer__consume(ring);
		} else {
			got = ring_buffer__poll(ring, 100);
		}
		if (got == 0 && prints)
			fflush(stdout);
	}
	ring_buffer__consume(ring);
}

int main(int argc, char **argv)
{
	uint64_t wake = 0, lost[2] = {0};
	uint32_t bytes = 0, zero = 0;
	struct ring_buffer *ring = NULL;
	struct bpf_object *object;
	struct bpf_program *program;
	struct bpf_map *map;
	int option, target = 0;

	if (argc < 3)
		return fprintf(stderr, "obs OBJECT PROGRAM|all [options]\n"), 2;
	optind = 3;
	while ((option = getopt(argc, argv, "s:w:p:o")) != -1) {
		switch (option) {
		case 's': bytes = strtoul(optarg, NULL, 0); break;
		case 'w': wake = strtoull(optarg, NULL, 0); break;
		case 'p': target = atoi(optarg); break;
		case 'o': prints = 1; break;
		default: return 2;
		}
	}
	signal(SIGINT, stop);
	signal(SIGTERM, stop);
	libbpf_set_print(warn_only);
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	object = bpf_object__open_file(argv[1], NULL);
	if (!object)
		return give_up("open");
	set_parameters(object, wake, target);
	map = bpf_object__find_map_by_name(object, "ring");
	if (!map)
		map = bpf_object__find_map_by_name(object, "events");
	if (map && bytes)
		bpf_map__set_max_entries(map, bytes);
	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program, is_wanted(program, argv[2]));
	if (bpf_object__load(object))
		return give_up("load");
	if (map)
		ring = ring_buffer__new(bpf_map__fd(map), on_event, NULL, NULL);
	bpf_object__for_each_program(program, object) {
		if (bpf_program__fd(program) >= 0 && !bpf_program__attach(program))
			return give_up("attach");
	}
	fprintf(stderr, "attached\n");
	if (ring)
		read_events(ring, bpf_map__fd(map), wake);
	fflush(stdout);
	option = find_section(object, ".bss");
	if (option >= 0)
		bpf_map_lookup_elem(option, &zero, lost);
	fprintf(stderr, "{\"events\": %lu, \"lost\": %lu}\n", (unsigned long)events, (unsigned long)lost[0]);
	return 0;
}
