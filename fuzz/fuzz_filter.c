/*
 * Output filters: the word behind `|`, a pattern and the lines that it chooses from. The first octet is the kind, then the pattern up
 * to a line feed, then lines.
 *
 * Whatever the pattern is, no line takes long and none needs much stack: the filter runs on a thread that has a sixteenth of the
 * usual. `include` and `exclude` of one pattern choose each line once, `count` counts those of `include`, what `begin` prints is all
 * from some line on, and what a filter to a file collects is all lines.
 *
 * libs: -lcrypto -lpthread
 */
#include "shell/filter.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STACK_OCTETS (512 * 1024) /* with sanitizers, which take several times as much */
#define LINE_OCTETS  4096
#define LIMIT_MS     2000 /* of processor time for all lines of an input, of which there are few */
#define SIZE_MOST    8192

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *data;
	size_t size;
};

static void demand(bool good)
{
	if (!good)
		abort();
}

static const char *next_line(const uint8_t **at, const uint8_t *end, char line[LINE_OCTETS])
{
	const uint8_t *lf = memchr(*at, '\n', (size_t)(end - *at));
	size_t n = (size_t)((lf ? lf : end) - *at), room = LINE_OCTETS - 1;

	if (*at == end)
		return NULL;
	memcpy(line, *at, n < room ? n : room);
	line[n < room ? n : room] = '\0';
	*at = lf ? lf + 1 : end;
	return line;
}

static struct filter *make(enum filter_kind kind, const uint8_t *pattern, size_t octets)
{
	char *own = malloc(octets ? octets : 1);
	struct filter *f;

	demand(own != NULL);
	memcpy(own, pattern, octets);
	f = filter_new(kind, own, octets);
	free(own);
	return f;
}

static void check(enum filter_kind kind, const uint8_t *pattern, size_t octets, const uint8_t *at, const uint8_t *end)
{
	struct filter *f = make(kind, pattern, octets), *include = make(FILTER_INCLUDE, pattern, octets),
		      *exclude = make(FILTER_EXCLUDE, pattern, octets);
	char line[LINE_OCTETS];
	unsigned chosen = 0;
	bool inside = false;
	size_t all = 0, collected;

	demand((f != NULL) == (include != NULL) || filter_to_file(kind));
	demand((include != NULL) == (exclude != NULL));
	while (f && include && next_line(&at, end, line)) {
		const bool good = filter_line(include, line), got = filter_line(f, line);

		demand(filter_line(exclude, line) == !good);
		chosen += good;
		all += strlen(line) + 1;
		if (kind == FILTER_BEGIN) {
			inside |= good;
			demand(got == inside);
		}
		demand(kind != FILTER_COUNT || (!got && filter_count(f) == chosen));
		demand(kind != FILTER_SECTION || got || !good);
	}
	if (f && include && filter_to_file(kind)) {
		demand(filter_collected(f, &collected) != NULL);
		demand(collected == all);
	}
	filter_free(f);
	filter_free(include);
	filter_free(exclude);
}

static void *run(void *ctx)
{
	const struct input *in = ctx;
	const uint8_t *end = in->data + in->size, *lf;
	struct timespec from, to;

	lf = memchr(in->data + 1, '\n', in->size - 1);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
	check((enum filter_kind)(FILTER_BEGIN + in->data[0] % FILTER_TEE), in->data + 1,
	      (size_t)((lf ? lf : end) - in->data - 1), lf ? lf + 1 : end, end);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
	demand((to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000 < LIMIT_MS);
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	pthread_attr_t attributes;
	pthread_t thread;

	if (size < 2 || size > SIZE_MOST)
		return 0;
	demand(!pthread_attr_init(&attributes) && !pthread_attr_setstacksize(&attributes, STACK_OCTETS));
	demand(!pthread_create(&thread, &attributes, run, &in) && !pthread_join(thread, NULL));
	pthread_attr_destroy(&attributes);
	return 0;
}
