#include "shell/logq.h"

#include "shell/fd.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <unistd.h>

struct message {
	STAILQ_ENTRY(message) link;
	char *text;
	size_t octets;
};

struct logq {
	struct logger *log;
	struct log_sink *sink;
	int event;
	pthread_mutex_t lock;
	STAILQ_HEAD(, message) messages;
	size_t count, octets;
	unsigned long lost; /* since the user was told */
	bool signalled;     /* event is readable */
};

/* With the lock held. */
static char *pop(struct logq *q)
{
	struct message *m = STAILQ_FIRST(&q->messages);
	char *text;

	if (!m)
		return NULL;
	STAILQ_REMOVE_HEAD(&q->messages, link);
	q->count--;
	q->octets -= m->octets;
	text = m->text;
	free(m);
	return text;
}

void logq_put(struct logq *q, const char *text)
{
	struct message *m = calloc(1, sizeof(*m));

	if (!m || !(m->text = strdup(text))) {
		free(m);
		return;
	}
	m->octets = strlen(text);
	pthread_mutex_lock(&q->lock);
	STAILQ_INSERT_TAIL(&q->messages, m, link);
	q->count++;
	q->octets += m->octets;
	while (q->count > LOGQ_MESSAGES || (q->octets > LOGQ_OCTETS && q->count > 1)) {
		free(pop(q));
		q->lost++;
	}
	q->signalled = true;
	fd_signal(q->event);
	pthread_mutex_unlock(&q->lock);
}

static void put(void *ctx, const char *text)
{
	logq_put(ctx, text);
}

struct logq *logq_new(void)
{
	struct logq *q = calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	STAILQ_INIT(&q->messages);
	pthread_mutex_init(&q->lock, NULL);
	q->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (q->event < 0) {
		logq_free(q);
		return NULL;
	}
	return q;
}

bool logq_watch(struct logq *q, struct logger *log, enum log_sink_kind kind)
{
	if (q->sink)
		logger_remove_sink(q->log, q->sink);
	q->log = log;
	q->sink = log ? logger_add_sink(log, kind, put, q) : NULL;
	return !log || q->sink;
}

bool logq_watches(const struct logq *q)
{
	return q->sink;
}

void logq_free(struct logq *q)
{
	char *text;

	if (!q)
		return;
	logq_watch(q, NULL, LOG_SINK_MONITOR);
	while ((text = pop(q)))
		free(text);
	if (q->event >= 0)
		close(q->event);
	pthread_mutex_destroy(&q->lock);
	free(q);
}

int logq_fd(const struct logq *q)
{
	return q->event;
}

/* What stands where the lost ones stood. */
static char *tell_lost(struct logq *q)
{
	char text[96];

	snprintf(text, sizeof(text), "%%SYS-3-MSGLOST: %lu messages lost because of queue overflow", q->lost);
	q->lost = 0;
	return strdup(text);
}

char *logq_take(struct logq *q)
{
	uint64_t n;
	ssize_t got;
	char *text;

	pthread_mutex_lock(&q->lock);
	text = q->lost ? tell_lost(q) : pop(q);
	if (!text && q->signalled) { /* asked for each line that is printed: no call for nothing */
		got = read(q->event, &n, sizeof(n));
		(void)got;
		q->signalled = false;
	}
	pthread_mutex_unlock(&q->lock);
	return text;
}
