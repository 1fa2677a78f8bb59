#include "router/lock.h"

#include <stdlib.h>

bool control_lock_init(struct control_lock *l)
{
	*l = (struct control_lock){ 0 };
	if (pthread_mutex_init(&l->mutex, NULL))
		return false;
	if (!pthread_cond_init(&l->first, NULL)) {
		if (!pthread_cond_init(&l->others, NULL))
			return true;
		pthread_cond_destroy(&l->first);
	}
	pthread_mutex_destroy(&l->mutex);
	return false;
}

void control_lock_destroy(struct control_lock *l)
{
	pthread_cond_destroy(&l->first);
	pthread_cond_destroy(&l->others);
	pthread_mutex_destroy(&l->mutex);
}

static void begin(struct control_lock *l)
{
	if (pthread_mutex_lock(&l->mutex) || (l->held && pthread_equal(l->owner, pthread_self())))
		abort();
}

static void own(struct control_lock *l)
{
	l->held = true;
	l->owner = pthread_self();
	pthread_mutex_unlock(&l->mutex);
}

void control_lock_take(struct control_lock *l)
{
	begin(l);
	l->queued++;
	while (l->held || l->waiting)
		pthread_cond_wait(&l->others, &l->mutex);
	l->queued--;
	own(l);
}

void control_lock_take_first(struct control_lock *l)
{
	begin(l);
	l->waiting++;
	while (l->held)
		pthread_cond_wait(&l->first, &l->mutex);
	l->waiting--;
	own(l);
}

void control_lock_give(struct control_lock *l)
{
	if (pthread_mutex_lock(&l->mutex) || !l->held || !pthread_equal(l->owner, pthread_self()))
		abort();
	l->held = false;
	if (l->waiting)
		pthread_cond_signal(&l->first);
	else
		pthread_cond_signal(&l->others);
	pthread_mutex_unlock(&l->mutex);
}
