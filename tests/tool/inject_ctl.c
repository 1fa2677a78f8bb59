/* Orders for inject.so: what is to fail, what was reached, what the clocks say. */
#define _GNU_SOURCE
#include "tests/tool/inject.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char usage[] =
	"usage: inject_ctl FILE new                        a file without orders\n"
	"       inject_ctl FILE off|watch|trace            what it does from now on\n"
	"       inject_ctl FILE kill K                     before the K-th call that changes a file from now on\n"
	"       inject_ctl FILE fail KEY NTH COUNT ERROR   COUNT calls of a site from its NTH on (1 is the first)\n"
	"       inject_ctl FILE storm SEED GAP-MS          each site once\n"
	"       inject_ctl FILE sites                      KEY FUNCTION KIND OFFSET HITS FAILED ERROR, a line for each\n"
	"       inject_ctl FILE errors                     KEY ERROR, a line for each that may fail so\n"
	"       inject_ctl FILE failures                   how many calls failed\n"
	"       inject_ctl FILE clock realtime|monotonic SECONDS\n";

static const char *const kinds[] = { "-", "file", "folder", "stream", "socket", "pipe", "device", "other" };

static void reset(struct inject *o)
{
	for (unsigned i = 0; i < INJECT_SITES; i++) {
		atomic_store(&o->sites[i].hits, 0);
		atomic_store(&o->sites[i].failed, 0);
	}
	atomic_store(&o->failures, 0);
}

static void print_sites(const struct inject *o, int errors)
{
	for (unsigned i = 0; i < INJECT_SITES; i++) {
		const struct inject_site *s = &o->sites[i];
		uint64_t key = atomic_load(&s->key);
		unsigned hits = atomic_load(&s->hits);

		if (!key || !hits)
			continue;
		if (errors) {
			const int *e = inject_errors(inject_key_function(key), inject_key_kind(key));

			for (; *e; e++)
				printf("%llx %s\n", (unsigned long long)key, *e < 0 ? "SHORT" : strerrorname_np(*e));
			continue;
		}
		printf("%llx %s %s 0x%llx %u %u %s\n", (unsigned long long)key, inject_name(inject_key_function(key)),
		       kinds[inject_key_kind(key)], (unsigned long long)(key & 0xffffffffff), hits,
		       atomic_load(&s->failed),
		       !atomic_load(&s->last_error)      ? "-"
		       : atomic_load(&s->last_error) < 0 ? "SHORT"
							 : strerrorname_np(s->last_error));
	}
}

static int error_of(const char *name)
{
	if (!strcmp(name, "SHORT"))
		return INJECT_SHORT;
	for (int e = 1; e < 200; e++)
		if (strerrorname_np(e) && !strcmp(strerrorname_np(e), name))
			return e;
	return 0;
}

static int obey(struct inject *o, int argc, char **argv)
{
	const char *what = argv[0];

	if (!strcmp(what, "sites") || !strcmp(what, "errors")) {
		print_sites(o, *what == 'e');
	} else if (!strcmp(what, "failures")) {
		printf("%u\n", atomic_load(&o->failures));
	} else if (!strcmp(what, "off")) {
		atomic_store(&o->mode, INJECT_OFF);
	} else if (!strcmp(what, "watch") || !strcmp(what, "trace")) {
		reset(o);
		atomic_store(&o->mode, *what == 'w' ? INJECT_WATCH : INJECT_TRACE);
	} else if (!strcmp(what, "kill") && argc == 2) {
		atomic_store(&o->k, (unsigned)atoi(argv[1]));
		atomic_store(&o->mode, INJECT_KILL);
	} else if (!strcmp(what, "fail") && argc == 5 && error_of(argv[4])) {
		reset(o);
		atomic_store(&o->key, strtoull(argv[1], NULL, 16));
		atomic_store(&o->nth, (unsigned)atoi(argv[2]));
		atomic_store(&o->count, (unsigned)atoi(argv[3]));
		atomic_store(&o->error, error_of(argv[4]));
		atomic_store(&o->mode, INJECT_FAIL);
	} else if (!strcmp(what, "storm") && argc == 3) {
		reset(o);
		atomic_store(&o->seed, (unsigned)atoi(argv[1]));
		atomic_store(&o->gap_ms, (unsigned)atoi(argv[2]));
		atomic_store(&o->mode, INJECT_STORM);
	} else if (!strcmp(what, "clock") && argc == 3 && !strcmp(argv[1], "realtime")) {
		atomic_store(&o->realtime_ns, atoll(argv[2]) * 1000000000);
	} else if (!strcmp(what, "clock") && argc == 3 && !strcmp(argv[1], "monotonic")) {
		atomic_store(&o->monotonic_ns, atoll(argv[2]) * 1000000000);
	} else if (strcmp(what, "new") != 0) {
		fputs(usage, stderr);
		return 2;
	}
	return 0;
}

int main(int argc, char **argv)
{
	bool new = argc == 3 && !strcmp(argv[2], "new");
	struct inject *o;
	int fd;

	if (argc < 3) {
		fputs(usage, stderr);
		return 2;
	}
	fd = open(argv[1], O_RDWR | O_CLOEXEC | (new ? O_CREAT | O_TRUNC : 0), 0600);
	if (fd < 0 || (new &&ftruncate(fd, sizeof(*o)) < 0)) {
		perror(argv[1]);
		return 2;
	}
	o = mmap(NULL, sizeof(*o), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (o == MAP_FAILED) {
		perror(argv[1]);
		return 2;
	}
	return obey(o, argc - 2, argv + 2);
}
