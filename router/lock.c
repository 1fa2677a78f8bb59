#include "router/lock.h"

#include <stdlib.h>

bool control_lock_init(struct control_lock *l)
{
	pthread_cond_t *const conds[] = { &l->first, &l->others, &l->lender };
	size_t made = 0;

	*l = (struct control_lock){ 0 };
	if (pthread_mutex_init(&l->mutex, NULL))
		return false;
	while (made < 3 && !pthread_cond_init(conds[made], NULL))
		made++;
	if (made == 3)
		return true;
	while (made)
		pthread_cond_destroy(conds[--made]);
	pthread_mutex_destroy(&l->mutex);
	return false;
}

void control_lock_destroy(struct control_lock *l)
{
	pthread_cond_destroy(&l->first);
	pthread_cond_destroy(&l->others);
	pthread_cond_destroy(&l->lender);
	pthread_mutex_destroy(&l->mutex);
}

static bool is_mine(const struct control_lock *l)
{
	return l->held && pthread_equal(l->owner, pthread_self());
}

static void begin(struct control_lock *l)
{
	if (pthread_mutex_lock(&l->mutex) || is_mine(l))
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
	while (l->held || l->waiting || l->lent)
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

static void wake_next(struct control_lock *l)
{
	l->held = false;
	pthread_cond_signal(l->waiting ? &l->first : l->lent ? &l->lender : &l->others);
}

void control_lock_give(struct control_lock *l)
{
	if (pthread_mutex_lock(&l->mutex) || !is_mine(l))
		abort();
	wake_next(l);
	pthread_mutex_unlock(&l->mutex);
}

void control_lock_lend(struct control_lock *l)
{
	/* asked often, and seldom with anybody there: one that comes this moment is seen the next time */
	if (!atomic_load_explicit(&l->waiting, memory_order_relaxed))
		return;
	pthread_mutex_lock(&l->mutex);
	if (l->waiting && is_mine(l)) {
		l->lent = true;
		wake_next(l);
		while (l->held || l->waiting)
			pthread_cond_wait(&l->lender, &l->mutex);
		l->lent = false;
		l->held = true;
		l->owner = pthread_self();
	}
	pthread_mutex_unlock(&l->mutex);
}
