#include "shell/logq.h"

#include "shell/fd.h"

#include <pthread.h>
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

static void put(void *ctx, const char *text)
{
	struct logq *q = ctx;
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
	while (q->count > LOGQ_MESSAGES || (q->octets > LOGQ_OCTETS && q->count > 1))
		free(pop(q));
	pthread_mutex_unlock(&q->lock);
	fd_signal(q->event);
}

struct logq *logq_new(struct logger *log, enum log_sink_kind kind)
{
	struct logq *q = calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	q->log = log;
	STAILQ_INIT(&q->messages);
	pthread_mutex_init(&q->lock, NULL);
	q->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (q->event < 0 || !(q->sink = logger_add_sink(log, kind, put, q))) {
		logq_free(q);
		return NULL;
	}
	return q;
}

void logq_free(struct logq *q)
{
	char *text;

	if (!q)
		return;
	logger_remove_sink(q->log, q->sink);
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

char *logq_take(struct logq *q)
{
	uint64_t n;
	ssize_t got;
	char *text;

	pthread_mutex_lock(&q->lock);
	text = pop(q);
	if (!text) {
		got = read(q->event, &n, sizeof(n));
		(void)got; /* nothing to read is as good */
	}
	pthread_mutex_unlock(&q->lock);
	return text;
}
