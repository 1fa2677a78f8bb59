#include "shell/cpu.h"

#include "base/clock.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SAMPLES (300 / CPU_SAMPLE_S + 1)
#define THREADS 512

/* Time spent by then, in ticks; at[0] is the newest. */
struct series {
	uint64_t at[SAMPLES];
	unsigned count;
};

struct thread {
	unsigned id;
	struct series time;
	unsigned round; /* when it was last seen */
};

struct cpu {
	pthread_mutex_t lock;
	struct series wall, total, kernel; /* wall in ticks too */
	struct thread threads[THREADS];
	unsigned round;
	uint64_t ticks_per_s;
};

static void series_add(struct series *s, uint64_t value)
{
	memmove(s->at + 1, s->at, sizeof(s->at) - sizeof(s->at[0]));
	s->at[0] = value;
	if (s->count < SAMPLES)
		s->count++;
}

/* Over the last so many samples, or as many as there are. */
static unsigned share(const struct series *s, const struct series *wall, unsigned samples)
{
	uint64_t used, passed, hundredths;
	unsigned n = samples < s->count ? samples : s->count ? s->count - 1 : 0;

	if (!n)
		return 0;
	used = s->at[0] - s->at[n];
	passed = wall->at[0] - wall->at[n];
	hundredths = passed ? used * 10000 / passed : 0;
	return hundredths > 10000 ? 10000 : (unsigned)hundredths;
}

static struct cpu_use use_of(const struct series *s, const struct series *wall)
{
	return (struct cpu_use){ share(s, wall, 1), share(s, wall, 60 / CPU_SAMPLE_S), share(s, wall, SAMPLES - 1) };
}

/* --- /proc ---- */

struct stat_line {
	char name[32];
	uint64_t user, system;
};

static int read_stat(const char *path, struct stat_line *out)
{
	char line[1024], *open, *close;
	unsigned long long user, system;
	FILE *f = fopen(path, "re");
	int ok;

	if (!f)
		return 0;
	ok = fgets(line, sizeof(line), f) != NULL;
	fclose(f);
	open = ok ? strchr(line, '(') : NULL;
	close = ok ? strrchr(line, ')') : NULL;
	if (!open || !close ||
	    sscanf(close + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user, &system) != 2)
		return 0;
	snprintf(out->name, sizeof(out->name), "%.*s", (int)(close - open - 1), open + 1);
	out->user = user;
	out->system = system;
	return 1;
}

static uint64_t read_switches(unsigned id)
{
	char path[64], line[256];
	unsigned long long n, all = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%u/status", id);
	if (!(f = fopen(path, "re")))
		return 0;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "voluntary_ctxt_switches: %llu", &n) == 1 ||
		    sscanf(line, "nonvoluntary_ctxt_switches: %llu", &n) == 1)
			all += n;
	fclose(f);
	return all;
}

static void each_thread(void (*fn)(void *ctx, unsigned id, const struct stat_line *l), void *ctx)
{
	DIR *d = opendir("/proc/self/task");
	struct dirent *e;
	struct stat_line line;
	char path[300];

	while (d && (e = readdir(d))) {
		unsigned id = (unsigned)strtoul(e->d_name, NULL, 10);

		snprintf(path, sizeof(path), "/proc/self/task/%s/stat", e->d_name);
		if (id && read_stat(path, &line))
			fn(ctx, id, &line);
	}
	if (d)
		closedir(d);
}

/* --- sampling ---- */

static struct thread *find(struct cpu *c, unsigned id)
{
	for (size_t i = 0; i < THREADS; i++)
		if (c->threads[i].id == id)
			return &c->threads[i];
	return NULL;
}

static void sample_thread(void *ctx, unsigned id, const struct stat_line *l)
{
	struct cpu *c = ctx;
	struct thread *t = find(c, id);

	if (!t && !(t = find(c, 0)))
		return;
	t->id = id;
	t->round = c->round;
	series_add(&t->time, l->user + l->system);
}

void cpu_sample(struct cpu *c)
{
	struct stat_line own;
	const uint64_t now = clock_ns();

	pthread_mutex_lock(&c->lock);
	c->round++;
	if (read_stat("/proc/self/stat", &own)) {
		series_add(&c->wall, now / (1000000000 / c->ticks_per_s));
		series_add(&c->total, own.user + own.system);
		series_add(&c->kernel, own.system);
		each_thread(sample_thread, c);
	}
	for (size_t i = 0; i < THREADS; i++)
		if (c->threads[i].id && c->threads[i].round != c->round)
			c->threads[i] = (struct thread){ 0 };
	pthread_mutex_unlock(&c->lock);
}

/* --- telling ---- */

void cpu_total(struct cpu *c, struct cpu_use *out, unsigned *kernel)
{
	pthread_mutex_lock(&c->lock);
	*out = use_of(&c->total, &c->wall);
	*kernel = share(&c->kernel, &c->wall, 1);
	pthread_mutex_unlock(&c->lock);
}

struct listing {
	struct cpu *cpu;
	struct cpu_thread *v;
	size_t count, room;
};

static void list_thread(void *ctx, unsigned id, const struct stat_line *l)
{
	struct listing *all = ctx;
	struct thread *t = find(all->cpu, id);
	struct cpu_thread *to;

	if (all->count == all->room) {
		size_t room = all->room ? all->room * 2 : 32;
		struct cpu_thread *v = reallocarray(all->v, room, sizeof(*v));

		if (!v)
			return;
		all->v = v;
		all->room = room;
	}
	to = &all->v[all->count++];
	*to = (struct cpu_thread){ .id = id,
				   .runtime_ms = (l->user + l->system) * 1000 / all->cpu->ticks_per_s,
				   .invoked = read_switches(id) };
	memcpy(to->name, l->name, sizeof(to->name));
	if (t)
		to->use = use_of(&t->time, &all->cpu->wall);
}

static int by_id(const void *a, const void *b)
{
	unsigned x = ((const struct cpu_thread *)a)->id, y = ((const struct cpu_thread *)b)->id;

	return x < y ? -1 : x > y;
}

struct cpu_thread *cpu_threads(struct cpu *c, size_t *count)
{
	struct listing all = { .cpu = c };

	pthread_mutex_lock(&c->lock);
	each_thread(list_thread, &all);
	pthread_mutex_unlock(&c->lock);
	if (all.count)
		qsort(all.v, all.count, sizeof(*all.v), by_id);
	*count = all.count;
	return all.v;
}

struct cpu *cpu_new(void)
{
	struct cpu *c = calloc(1, sizeof(*c));
	long ticks = sysconf(_SC_CLK_TCK);

	if (!c)
		return NULL;
	c->ticks_per_s = ticks > 0 ? (uint64_t)ticks : 100;
	pthread_mutex_init(&c->lock, NULL);
	cpu_sample(c);
	return c;
}

void cpu_free(struct cpu *c)
{
	if (c)
		pthread_mutex_destroy(&c->lock);
	free(c);
}
