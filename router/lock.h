/*
 * The control lock. Commands take it in turn; the event loop, which has the packets of IKE waiting, is next whenever it
 * asks, so that it waits for the command that runs and for none that came before it. Taking it twice, or giving back what
 * another thread has, is a bug that would show as a router that hangs: it aborts.
 */
#ifndef ROUTER_LOCK_H
#define ROUTER_LOCK_H

#include <pthread.h>
#include <stdbool.h>

struct control_lock {
	pthread_mutex_t mutex; /* of what follows, held for moments only */
	pthread_cond_t first, others;
	unsigned waiting, queued; /* of the first, of the others */
	bool held;
	pthread_t owner;
};

bool control_lock_init(struct control_lock *l);
void control_lock_destroy(struct control_lock *l);
void control_lock_take(struct control_lock *l);
void control_lock_take_first(struct control_lock *l); /* the event loop */
void control_lock_give(struct control_lock *l);

#endif
