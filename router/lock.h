/*
 * The control lock. Commands take it in turn; the event loop, which has the packets of IKE waiting, is next whenever it
 * asks, so that it waits for the command that runs and for none that came before it. A command that takes its time lends
 * the lock to the loop now and then. Taking it twice, or giving back what
 * another thread has, is a bug that would show as a router that hangs: it aborts.
 */
#ifndef ROUTER_LOCK_H
#define ROUTER_LOCK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct control_lock {
	pthread_mutex_t mutex; /* of what follows, held for moments only */
	pthread_cond_t first, others, lender;
	atomic_uint waiting; /* of the first; changed with mutex */
	unsigned queued;     /* of the others */
	bool held, lent;
	pthread_t owner;
};

bool control_lock_init(struct control_lock *l);
void control_lock_destroy(struct control_lock *l);
void control_lock_take(struct control_lock *l);
void control_lock_take_first(struct control_lock *l); /* the event loop */
void control_lock_give(struct control_lock *l);
/* To the event loop, if that waits, and back; nobody else comes in between. Nothing when the caller does not have it. */
void control_lock_lend(struct control_lock *l);

#endif
