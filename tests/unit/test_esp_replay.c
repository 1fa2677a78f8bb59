/* esp/replay.c against a model that remembers every number. */
#include "esp/replay.h"
#include "tests/unit/unit.h"

#include <string.h>

#define SPAN 20000 /* numbers the model knows, from its base on */

struct model {
	uint32_t base, top, window;
	bool seen[SPAN];
};

static bool model_takes(const struct model *m, uint32_t n)
{
	return n != 0 && (n > m->top || (m->top - n < m->window && !m->seen[n - m->base]));
}

/* The walk is fixed, so a failure comes again. */
static uint32_t step(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 33);
}

static void walk(uint32_t window, uint32_t base, uint64_t seed)
{
	static struct model m;
	uint64_t ring[REPLAY_WORDS_MAX];
	struct replay r;
	unsigned wrong = 0;

	memset(&m, 0, sizeof(m));
	m.base = base;
	m.window = window;
	replay_init(&r, window, ring);
	if (base) {
		replay_commit(&r, base);
		m.top = base;
		m.seen[0] = true;
	}
	for (unsigned i = 0; i < 20000; i++) {
		uint32_t roll = step(&seed) % 100, n, at = m.top - base;

		if (roll < 60) /* about the right edge, either side */
			n = at + step(&seed) % 8;
		else if (roll < 97) /* in the window and left of it */
			n = at - step(&seed) % (2 * window + 3);
		else /* a jump */
			n = at + step(&seed) % (3 * window);
		if (n >= SPAN)
			continue;
		n += base;
		bool want = model_takes(&m, n);

		wrong += replay_check(&r, n) != want;
		if (roll % 4 == 0) /* a forged packet: checked, never committed */
			continue;
		wrong += replay_commit(&r, n) != want;
		if (want) {
			m.seen[n - base] = true;
			if (n > m.top)
				m.top = n;
		}
		wrong += r.top != m.top;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_TRUE(m.top - base > 2 * window);
}

static void it_agrees_with_a_model(void)
{
	static const uint32_t windows[] = { 64, 65, 100, 128, 256, 512, 1000, 1024 };

	for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
		walk(windows[i], 0, i + 1);
		walk(windows[i], UINT32_C(0x7fffff00), i + 100);
		walk(windows[i], UINT32_MAX - SPAN + 1, i + 200);
	}
}

static void edges(void)
{
	uint64_t ring[REPLAY_WORDS_MAX];
	struct replay r;

	replay_init(&r, 64, ring);
	CU_ASSERT_FALSE(replay_check(&r, 0));
	CU_ASSERT_TRUE(replay_commit(&r, 64));
	CU_ASSERT_TRUE(replay_check(&r, 1));
	CU_ASSERT_TRUE(replay_commit(&r, 65));
	CU_ASSERT_FALSE(replay_check(&r, 1)); /* 65 - 64: just left of the window */
	CU_ASSERT_TRUE(replay_commit(&r, 2));
	CU_ASSERT_FALSE(replay_commit(&r, 2));
	CU_ASSERT_TRUE(replay_commit(&r, UINT32_MAX));
	CU_ASSERT_FALSE(replay_commit(&r, UINT32_MAX));
	CU_ASSERT_TRUE(replay_commit(&r, UINT32_MAX - 63));
	CU_ASSERT_FALSE(replay_commit(&r, UINT32_MAX - 64));
	CU_ASSERT_FALSE(replay_commit(&r, 1)); /* it does not wrap */
}

static void off_takes_everything(void)
{
	struct replay r;

	replay_init(&r, 0, NULL);
	CU_ASSERT_TRUE(replay_commit(&r, 7));
	CU_ASSERT_TRUE(replay_commit(&r, 7));
	CU_ASSERT_TRUE(replay_commit(&r, 0));
	CU_ASSERT_EQUAL(r.top, 7);
}

static const struct unit_test tests[] = {
	{ "it agrees with a model", it_agrees_with_a_model },
	{ "edges", edges },
	{ "off takes everything", off_takes_everything },
};

UNIT_MAIN("esp replay window", tests)
