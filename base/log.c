#include "base/log.h"

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
	struct timespec started; /* monotonic */
	struct log_settings settings;
	struct log_counts counts;
	unsigned long sequence;
	STAILQ_HEAD(, kept) buffer;
	size_t buffered_octets;
	LIST_HEAD(, log_sink) sinks;
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
	clock_gettime(CLOCK_MONOTONIC, &l->started);
	STAILQ_INIT(&l->buffer);
	LIST_INIT(&l->sinks);
	l->settings = (struct log_settings){
		.debug_stamp = { .kind = LOG_STAMP_DATETIME, .msec = true },
		.log_stamp = { .kind = LOG_STAMP_DATETIME, .msec = true },
		.console_level = LOG_SEV_DEBUGGING,
		.monitor_level = LOG_SEV_DEBUGGING,
		.buffer_level = LOG_SEV_DEBUGGING,
		.buffer_octets = 4096,
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
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)(now.tv_sec - l->started.tv_sec) - (now.tv_nsec < l->started.tv_nsec);
}

/* "*Sep 21 08:33:43.377: ". The asterisk: the clock has no time source of its own to vouch for it. */
static size_t put_datetime(const struct log_stamp *s, const struct timespec *now, char *buf, size_t size)
{
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	char year[16] = "", msec[16] = "", zone[16] = "";
	struct tm tm;
	int n;

	if (s->localtime)
		localtime_r(&now->tv_sec, &tm);
	else
		gmtime_r(&now->tv_sec, &tm);
	if (s->year)
		snprintf(year, sizeof(year), "%d ", tm.tm_year + 1900);
	if (s->msec)
		snprintf(msec, sizeof(msec), ".%03ld", now->tv_nsec / 1000000);
	if (s->show_timezone)
		snprintf(zone, sizeof(zone), " %s", s->localtime ? tm.tm_zone : "UTC");
	n = snprintf(buf, size, "*%s %2d %s%02d:%02d:%02d%s%s: ", months[tm.tm_mon], tm.tm_mday, year, tm.tm_hour,
		     tm.tm_min, tm.tm_sec, msec, zone);
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

static void emit(struct logger *l, int sev, const struct log_stamp *stamp, const char *head, const char *fmt,
		 va_list ap)
{
	char text[2048];
	struct timespec now;
	struct log_sink *s;
	size_t n = 0;
	int len;

	l->now(l->now_ctx, &now);
	if (l->settings.sequence_numbers) {
		len = snprintf(text, sizeof(text), "%06lu: ", ++l->sequence);
		n = len > 0 ? (size_t)len : 0;
	}
	if (stamp->kind == LOG_STAMP_DATETIME)
		n += put_datetime(stamp, &now, text + n, sizeof(text) - n);
	else if (stamp->kind == LOG_STAMP_UPTIME)
		n += put_uptime(uptime_s(l), text + n, sizeof(text) - n);
	len = snprintf(text + n, sizeof(text) - n, "%s", head);
	n += len > 0 ? (size_t)len : 0;
	vsnprintf(text + n, sizeof(text) - n, fmt, ap);

	if (sev <= l->settings.buffer_level)
		keep(l, text);
	if (sev <= l->settings.console_level)
		l->counts.console++;
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

void log_clock_text(const struct timespec *t, char *buf, size_t size)
{
	char day[16], date[24], clock[16];
	struct tm tm;

	gmtime_r(&t->tv_sec, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	strftime(day, sizeof(day), "%a %b", &tm);
	strftime(date, sizeof(date), "%Y", &tm);
	snprintf(buf, size, "%s.%03ld UTC %s %d %s", clock, t->tv_nsec / 1000000, day, tm.tm_mday, date);
}
