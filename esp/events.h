/*
 * From workers to control: a bounded queue and an eventfd that is readable while something is in it.
 *
 * A mutex guards it; packets that cause no event never touch it, and a limit per worker, kind and second, which
 * needs no lock, stands before it.
 */
#ifndef ESP_EVENTS_H
#define ESP_EVENTS_H

#include "esp/esp.h"

#include <pthread.h>

#define EVENT_QUEUE_SIZE 256
#define EVENT_KINDS      (ESP_EVENT_VOLUME + 1)

struct event_queue {
	pthread_mutex_t lock;
	int fd;
	size_t first, count;
	struct esp_event ring[EVENT_QUEUE_SIZE];
};

int events_init(struct event_queue *q); /* 0 or -errno */
void events_destroy(struct event_queue *q);
bool events_push(struct event_queue *q, const struct esp_event *e); /* false: full, it is lost */
size_t events_pop(struct event_queue *q, struct esp_event *out, size_t max);

/* At most `per_second` of a kind in a second; one thread. */
struct limit {
	uint64_t second;
	unsigned passed;
};

bool limit_pass(struct limit *l, uint64_t now_ms, unsigned per_second);

#endif
