/* esp/table.c: lookups, and publication under readers that never stop. */
#include "tests/unit/esp_unit.h"
#include "esp/table.h"

#include <pthread.h>
#include <sched.h>

#define ENTRIES 300

static void everything_that_was_added_is_found(void)
{
	struct table t = { 0 };
	struct sa *sas = calloc(ENTRIES, sizeof(*sas));

	for (int round = 0; round < 2; round++) { /* the second time in a table that is large enough */
		CU_ASSERT_TRUE_FATAL(table_reserve(&t, ENTRIES, ENTRIES, 1, 0));
		for (uint32_t i = 1; i <= ENTRIES; i++) {
			struct table_tunnel row = { .id = i, .tun_fd = { (int)i } };

			sas[i - 1].params.inbound = true;
			sas[i - 1].params.spi = i * 0x10000u + 0x100u;
			table_add_sa(&t, &sas[i - 1], table_add_tunnel(&t, &row));
		}
		for (uint32_t i = 1; i <= ENTRIES; i++) {
			const struct table_tunnel *tunnel = table_find_tunnel(&t, i);
			const struct table_sa *sa = table_find_sa(&t, i * 0x10000u + 0x100u);

			CU_ASSERT_TRUE_FATAL(tunnel && sa);
			CU_ASSERT_EQUAL(tunnel->tun_fd[0], (int)i);
			CU_ASSERT_PTR_EQUAL(sa->sa, &sas[i - 1]);
			CU_ASSERT_PTR_EQUAL(sa->tunnel, tunnel);
		}
		CU_ASSERT_PTR_NULL(table_find_tunnel(&t, ENTRIES + 1));
		CU_ASSERT_PTR_NULL(table_find_sa(&t, 0x101));
		CU_ASSERT_PTR_NULL(table_find_sa(&t, 0));
	}
	CU_ASSERT_TRUE(table_reserve(&t, 1, 1, 1, 0));
	CU_ASSERT_PTR_NULL(table_find_tunnel(&t, 1)); /* emptied */
	table_release(&t);
	free(sas);
}

#define SWAPS   3000
#define READERS 3

struct race {
	struct published published;
	_Atomic bool stop;
	_Atomic unsigned torn, turns[READERS];
};

struct reader_arg {
	struct race *race;
	unsigned reader;
};

/* Every table says one number in all its rows. A reader that meets two, or one wiped, saw a table it should not. */
static void *read_tables(void *arg)
{
	struct reader_arg *a = arg;

	while (!atomic_load(&a->race->stop)) {
		const struct table *t = published_enter(&a->race->published, a->reader);
		int first = t->tunnels[0].tun_fd[0];

		for (size_t i = 0; i < t->tunnel_slots; i++)
			if (t->tunnels[i].tun_fd[0] != first || !first)
				atomic_fetch_add(&a->race->torn, 1);
		published_leave(&a->race->published, a->reader);
		atomic_fetch_add(&a->race->turns[a->reader], 1);
	}
	return NULL;
}

static struct table *filled(int number)
{
	struct table *t = calloc(1, sizeof(*t));

	if (!t || !table_reserve(t, 8, 8, 8, 0))
		abort();
	for (size_t i = 0; i < t->tunnel_slots; i++)
		t->tunnels[i].tun_fd[0] = number;
	return t;
}

static void readers_never_meet_a_table_that_is_gone(void)
{
	struct race *race = aligned_alloc(CACHE_LINE, (sizeof(*race) + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE);
	struct reader_arg args[READERS];
	pthread_t threads[READERS];
	struct table *now = filled(1);

	memset(race, 0, sizeof(*race));
	published_swap(&race->published, now);
	for (unsigned i = 0; i < READERS; i++) {
		args[i] = (struct reader_arg){ race, i };
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, read_tables, &args[i]), 0);
	}
	for (int n = 2; n < SWAPS; n++) {
		struct table *next = filled(n);

		published_swap(&race->published, next);
		for (size_t i = 0; i < now->tunnel_slots; i++)
			now->tunnels[i].tun_fd[0] = 0; /* whoever still reads it would see */
		table_release(now);
		free(now);
		now = next;
	}
	for (unsigned i = 0; i < READERS; i++) /* each has read at least once */
		while (!atomic_load(&race->turns[i]))
			sched_yield();
	atomic_store(&race->stop, true);
	for (unsigned i = 0; i < READERS; i++)
		pthread_join(threads[i], NULL);
	CU_ASSERT_EQUAL(race->torn, 0);
	table_release(now);
	free(now);
	free(race);
}

static const struct unit_test tests[] = {
	{ "everything that was added is found", everything_that_was_added_is_found },
	{ "readers never meet a table that is gone", readers_never_meet_a_table_that_is_gone },
};

UNIT_MAIN("esp table", tests)
