#include "esp/events.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

int events_init(struct event_queue *q)
{
	q->first = q->count = 0;
	q->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (q->fd < 0)
		return -errno;
	pthread_mutex_init(&q->lock, NULL);
	return 0;
}

void events_destroy(struct event_queue *q)
{
	close(q->fd);
	pthread_mutex_destroy(&q->lock);
}

bool events_push(struct event_queue *q, const struct esp_event *e)
{
	bool room;

	pthread_mutex_lock(&q->lock);
	room = q->count < EVENT_QUEUE_SIZE;
	if (room) {
		q->ring[(q->first + q->count++) % EVENT_QUEUE_SIZE] = *e;
		eventfd_write(q->fd, 1);
	}
	pthread_mutex_unlock(&q->lock);
	return room;
}

size_t events_pop(struct event_queue *q, struct esp_event *out, size_t max)
{
	size_t n = 0;
	eventfd_t ignored;

	pthread_mutex_lock(&q->lock);
	while (n < max && q->count) {
		out[n++] = q->ring[q->first];
		q->first = (q->first + 1) % EVENT_QUEUE_SIZE;
		q->count--;
	}
	if (!q->count)
		eventfd_read(q->fd, &ignored);
	pthread_mutex_unlock(&q->lock);
	return n;
}

bool limit_pass(struct limit *l, uint64_t now_ms, unsigned per_second)
{
	if (l->second != now_ms / 1000)
		*l = (struct limit){ .second = now_ms / 1000 };
	return l->passed++ < per_second;
}
