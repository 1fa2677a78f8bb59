#include "base/log.h"

#include "base/clock.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

/* A kept message costs its text and this much beside it; the buffer's size counts both, so it is bounded. */
struct kept {
	STAILQ_ENTRY(kept) link;
	size_t octets;
	char text[];
};

struct log_sink {
	LIST_ENTRY(log_sink) link;
	enum log_sink_kind kind;
	log_sink_fn fn;
	void *ctx;
};

struct logger {
	pthread_mutex_t lock;
	void (*now)(void *ctx, struct timespec *out);
	void *now_ctx;
	uint64_t started_ns; /* clock_ns() */
	struct log_settings settings;
	struct log_counts counts;
	unsigned long sequence;
	STAILQ_HEAD(, kept) buffer;
	size_t buffered_octets;
	LIST_HEAD(, log_sink) sinks;
	log_trap_fn trap;
	void *trap_ctx;
	struct timespec clock_offset; /* tv_nsec 0..999999999 */
	bool clock_set;
};

static void system_now(void *ctx, struct timespec *out)
{
	(void)ctx;
	clock_gettime(CLOCK_REALTIME, out);
}

struct logger *logger_new(void (*now)(void *ctx, struct timespec *out), void *ctx)
{
	struct logger *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	pthread_mutex_init(&l->lock, NULL);
	l->now = now ? now : system_now;
	l->now_ctx = ctx;
	l->started_ns = clock_ns();
	STAILQ_INIT(&l->buffer);
	LIST_INIT(&l->sinks);
	l->settings = (struct log_settings){
		.debug_stamp = { .kind = LOG_STAMP_DATETIME, .msec = true },
		.log_stamp = { .kind = LOG_STAMP_DATETIME, .msec = true },
		.console_level = LOG_SEV_DEBUGGING,
		.monitor_level = LOG_SEV_DEBUGGING,
		.buffer_level = LOG_SEV_DEBUGGING,
		.buffer_octets = 4096,
		.trap_level = LOG_SEV_INFORMATIONAL,
	};
	return l;
}

static void drop_oldest(struct logger *l)
{
	struct kept *k = STAILQ_FIRST(&l->buffer);

	STAILQ_REMOVE_HEAD(&l->buffer, link);
	l->buffered_octets -= k->octets;
	free(k);
}

void logger_free(struct logger *l)
{
	if (!l)
		return;
	while (!STAILQ_EMPTY(&l->buffer))
		drop_oldest(l);
	while (!LIST_EMPTY(&l->sinks)) {
		struct log_sink *s = LIST_FIRST(&l->sinks);

		LIST_REMOVE(s, link);
		free(s);
	}
	pthread_mutex_destroy(&l->lock);
	free(l);
}

void logger_configure(struct logger *l, const struct log_settings *s)
{
	pthread_mutex_lock(&l->lock);
	l->settings = *s;
	while (l->buffered_octets > l->settings.buffer_octets)
		drop_oldest(l);
	pthread_mutex_unlock(&l->lock);
}

void logger_settings(struct logger *l, struct log_settings *out)
{
	pthread_mutex_lock(&l->lock);
	*out = l->settings;
	pthread_mutex_unlock(&l->lock);
}

void logger_counts(struct logger *l, struct log_counts *out)
{
	pthread_mutex_lock(&l->lock);
	*out = l->counts;
	pthread_mutex_unlock(&l->lock);
}

struct log_sink *logger_add_sink(struct logger *l, enum log_sink_kind kind, log_sink_fn fn, void *ctx)
{
	struct log_sink *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	*s = (struct log_sink){ .kind = kind, .fn = fn, .ctx = ctx };
	pthread_mutex_lock(&l->lock);
	LIST_INSERT_HEAD(&l->sinks, s, link);
	pthread_mutex_unlock(&l->lock);
	return s;
}

void logger_remove_sink(struct logger *l, struct log_sink *s)
{
	if (!s)
		return;
	pthread_mutex_lock(&l->lock);
	LIST_REMOVE(s, link);
	pthread_mutex_unlock(&l->lock);
	free(s);
}

static uint64_t uptime_s(const struct logger *l)
{
	return (clock_ns() - l->started_ns) / 1000000000;
}

/* --- the clock ---- */

static void clock_now(struct logger *l, struct timespec *out)
{
	l->now(l->now_ctx, out);
	out->tv_sec += l->clock_offset.tv_sec;
	out->tv_nsec += l->clock_offset.tv_nsec;
	if (out->tv_nsec >= 1000000000) {
		out->tv_nsec -= 1000000000;
		out->tv_sec++;
	}
}

void logger_now(struct logger *l, struct timespec *out)
{
	pthread_mutex_lock(&l->lock);
	clock_now(l, out);
	pthread_mutex_unlock(&l->lock);
}

void logger_set_clock(struct logger *l, const struct timespec *to)
{
	struct timespec at;

	pthread_mutex_lock(&l->lock);
	l->now(l->now_ctx, &at);
	l->clock_offset = (struct timespec){ to->tv_sec - at.tv_sec, to->tv_nsec - at.tv_nsec };
	if (l->clock_offset.tv_nsec < 0) {
		l->clock_offset.tv_nsec += 1000000000;
		l->clock_offset.tv_sec--;
	}
	l->clock_set = true;
	pthread_mutex_unlock(&l->lock);
}

bool logger_clock_is_set(struct logger *l)
{
	bool set;

	pthread_mutex_lock(&l->lock);
	set = l->clock_set;
	pthread_mutex_unlock(&l->lock);
	return set;
}

void logger_set_trap(struct logger *l, log_trap_fn fn, void *ctx)
{
	pthread_mutex_lock(&l->lock);
	l->trap = fn;
	l->trap_ctx = ctx;
	pthread_mutex_unlock(&l->lock);
}

/* --- stamps ---- */

/* "*Sep 21 08:33:43.377: ". The asterisk: nobody vouches for the clock. */
static size_t put_datetime(const struct logger *l, const struct log_stamp *s, const struct timespec *at, char *buf,
			   size_t size)
{
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	static const struct zone utc = { 0 };
	char year[16] = "", msec[16] = "", zone[ZONE_NAME_SIZE + 1] = "";
	const char *name;
	struct tm tm;
	int n;

	name = zone_local(s->localtime ? &l->settings.zone : &utc, at->tv_sec, &tm, NULL);
	if (s->year)
		snprintf(year, sizeof(year), "%d ", tm.tm_year + 1900);
	if (s->msec)
		snprintf(msec, sizeof(msec), ".%03ld", at->tv_nsec / 1000000);
	if (s->show_timezone)
		snprintf(zone, sizeof(zone), " %s", name);
	n = snprintf(buf, size, "%s%s %2d %s%02d:%02d:%02d%s%s: ", l->clock_set ? "" : "*", months[tm.tm_mon],
		     tm.tm_mday, year, tm.tm_hour, tm.tm_min, tm.tm_sec, msec, zone);
	return n > 0 && (size_t)n < size ? (size_t)n : 0;
}

/* "00:27:07: ", "1d02h: ", "1w3d: " */
static size_t put_uptime(uint64_t s, char *buf, size_t size)
{
	unsigned long hours = (unsigned long)(s / 3600), days = hours / 24, weeks = days / 7;
	int n;

	if (hours < 24)
		n = snprintf(buf, size, "%02lu:%02lu:%02lu: ", hours, (unsigned long)(s / 60 % 60),
			     (unsigned long)(s % 60));
	else if (days < 7)
		n = snprintf(buf, size, "%lud%02luh: ", days, hours % 24);
	else
		n = snprintf(buf, size, "%luw%lud: ", weeks, days % 7);
	return n > 0 && (size_t)n < size ? (size_t)n : 0;
}

static void keep(struct logger *l, const char *text)
{
	size_t n = strlen(text) + 1, octets = n + 1;
	struct kept *k;

	if (octets > l->settings.buffer_octets || !(k = malloc(sizeof(*k) + n)))
		return;
	memcpy(k->text, text, n);
	k->octets = octets;
	STAILQ_INSERT_TAIL(&l->buffer, k, link);
	l->buffered_octets += octets;
	while (l->buffered_octets > l->settings.buffer_octets)
		drop_oldest(l);
	l->counts.buffer++;
}

static void __attribute__((format(printf, 5, 0)))
emit(struct logger *l, int sev, const struct log_stamp *stamp, const char *head, const char *fmt, va_list ap)
{
	char text[2048];
	struct timespec at;
	struct log_sink *s;
	size_t n = 0;
	int len;

	clock_now(l, &at);
	if (l->settings.sequence_numbers) {
		len = snprintf(text, sizeof(text), "%06lu: ", ++l->sequence);
		n = len > 0 ? (size_t)len : 0;
	}
	if (stamp->kind == LOG_STAMP_DATETIME)
		n += put_datetime(l, stamp, &at, text + n, sizeof(text) - n);
	else if (stamp->kind == LOG_STAMP_UPTIME)
		n += put_uptime(uptime_s(l), text + n, sizeof(text) - n);
	len = snprintf(text + n, sizeof(text) - n, "%s", head);
	n += len > 0 ? (size_t)len : 0;
	vsnprintf(text + n, sizeof(text) - n, fmt, ap);

	if (sev <= l->settings.buffer_level)
		keep(l, text);
	if (sev <= l->settings.console_level)
		l->counts.console++;
	if (sev <= l->settings.trap_level) {
		l->counts.trap++;
		if (l->trap)
			l->trap(l->trap_ctx, (enum log_severity)sev, l->counts.trap, text);
	}
	LIST_FOREACH (s, &l->sinks, link) {
		if (sev > (s->kind == LOG_SINK_CONSOLE ? l->settings.console_level : l->settings.monitor_level))
			continue;
		if (s->kind == LOG_SINK_MONITOR)
			l->counts.monitor++;
		s->fn(s->ctx, text);
	}
}

void log_syslog(struct logger *l, enum log_severity sev, const char *facility, const char *mnemonic, const char *fmt,
		...)
{
	char head[96];
	va_list ap;

	snprintf(head, sizeof(head), "%%%s-%d-%s: ", facility, (int)sev, mnemonic);
	va_start(ap, fmt);
	pthread_mutex_lock(&l->lock);
	emit(l, (int)sev, &l->settings.log_stamp, head, fmt, ap);
	pthread_mutex_unlock(&l->lock);
	va_end(ap);
}

void log_debug(struct logger *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	pthread_mutex_lock(&l->lock);
	emit(l, LOG_SEV_DEBUGGING, &l->settings.debug_stamp, "", fmt, ap);
	pthread_mutex_unlock(&l->lock);
	va_end(ap);
}

void logger_each(struct logger *l, void (*fn)(void *ctx, const char *text), void *ctx)
{
	struct kept *k;

	pthread_mutex_lock(&l->lock);
	STAILQ_FOREACH (k, &l->buffer, link)
		fn(ctx, k->text);
	pthread_mutex_unlock(&l->lock);
}

void logger_clear_buffer(struct logger *l)
{
	pthread_mutex_lock(&l->lock);
	while (!STAILQ_EMPTY(&l->buffer))
		drop_oldest(l);
	pthread_mutex_unlock(&l->lock);
}
