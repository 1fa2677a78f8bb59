/* router/lock.c: whoever is first is next, and nobody is forgotten. */
#include "router/lock.h"
#include "tests/unit/unit.h"

#include <sched.h>
#include <string.h>

#define OTHERS 4

static struct control_lock lock;
static char order[OTHERS + 2];
static unsigned count, shared;

static void *other(void *ctx)
{
	(void)ctx;
	control_lock_take(&lock);
	order[count++] = 'o';
	control_lock_give(&lock);
	return NULL;
}

static void *first(void *ctx)
{
	(void)ctx;
	control_lock_take_first(&lock);
	order[count++] = 'F';
	control_lock_give(&lock);
	return NULL;
}

static unsigned now(const unsigned *field)
{
	unsigned n;

	pthread_mutex_lock(&lock.mutex);
	n = *field;
	pthread_mutex_unlock(&lock.mutex);
	return n;
}

/* It comes last, behind a queue, and is served next. */
static void the_loop_does_not_queue(void)
{
	pthread_t threads[OTHERS + 1];

	CU_ASSERT_TRUE_FATAL(control_lock_init(&lock));
	control_lock_take(&lock);
	for (unsigned k = 0; k < OTHERS; k++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[k], NULL, other, NULL), 0);
	while (now(&lock.queued) < OTHERS)
		sched_yield();
	CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[OTHERS], NULL, first, NULL), 0);
	while (lock.waiting < 1)
		sched_yield();
	control_lock_give(&lock);
	for (unsigned k = 0; k <= OTHERS; k++)
		pthread_join(threads[k], NULL);
	CU_ASSERT_STRING_EQUAL(order, "Foooo");
	CU_ASSERT_FALSE(lock.held);
	control_lock_destroy(&lock);
}

static void *add(void *ctx)
{
	for (unsigned k = 0; k < 5000; k++) {
		if (ctx)
			control_lock_take_first(&lock);
		else
			control_lock_take(&lock);
		shared++;
		control_lock_give(&lock);
	}
	return NULL;
}

static void one_at_a_time(void)
{
	pthread_t threads[OTHERS];

	CU_ASSERT_TRUE_FATAL(control_lock_init(&lock));
	for (unsigned k = 0; k < OTHERS; k++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[k], NULL, add, k ? NULL : &lock), 0);
	for (unsigned k = 0; k < OTHERS; k++)
		pthread_join(threads[k], NULL);
	CU_ASSERT_EQUAL(shared, OTHERS * 5000);
	control_lock_destroy(&lock);
}

/* What is begun under the lock goes on after the loop, before any other. */
static void it_is_lent_to_the_loop_alone(void)
{
	pthread_t threads[OTHERS + 1];

	count = 0;
	memset(order, 0, sizeof(order));
	CU_ASSERT_TRUE_FATAL(control_lock_init(&lock));
	control_lock_lend(&lock); /* of who does not have it: nothing */
	CU_ASSERT_FALSE(lock.held);
	control_lock_take(&lock);
	control_lock_lend(&lock); /* nobody waits */
	CU_ASSERT_TRUE(lock.held);
	for (unsigned k = 0; k < OTHERS - 1; k++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[k], NULL, other, NULL), 0);
	while (now(&lock.queued) < OTHERS - 1)
		sched_yield();
	control_lock_lend(&lock);
	CU_ASSERT_EQUAL(count, 0);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[OTHERS - 1], NULL, first, NULL), 0);
	while (lock.waiting < 1)
		sched_yield();
	control_lock_lend(&lock);
	CU_ASSERT_TRUE(lock.held);
	order[count++] = 'm';
	control_lock_give(&lock);
	for (unsigned k = 0; k < OTHERS; k++)
		pthread_join(threads[k], NULL);
	CU_ASSERT_STRING_EQUAL(order, "Fmooo");
	control_lock_destroy(&lock);
}

static void *add_and_lend(void *ctx)
{
	(void)ctx;
	for (unsigned k = 0; k < 5000; k++) {
		control_lock_take(&lock);
		shared++;
		control_lock_lend(&lock);
		shared++;
		control_lock_give(&lock);
	}
	return NULL;
}

static void one_at_a_time_when_lent(void)
{
	pthread_t threads[OTHERS];

	shared = 0;
	CU_ASSERT_TRUE_FATAL(control_lock_init(&lock));
	for (unsigned k = 0; k < OTHERS; k++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[k], NULL, k ? add_and_lend : add, k ? NULL : &lock), 0);
	for (unsigned k = 0; k < OTHERS; k++)
		pthread_join(threads[k], NULL);
	CU_ASSERT_EQUAL(shared, (2 * OTHERS - 1) * 5000);
	control_lock_destroy(&lock);
}

static const struct unit_test tests[] = {
	{ "the loop does not queue", the_loop_does_not_queue },
	{ "one at a time", one_at_a_time },
	{ "it is lent to the loop alone", it_is_lent_to_the_loop_alone },
	{ "one at a time when lent", one_at_a_time_when_lent },
};

UNIT_MAIN("lock", tests)
