/* The threads that compute Diffie-Hellman. */
#include "router/dhpool.h"

#include "ike/dh_job.h"
#include "tests/unit/unit.h"

#include <openssl/rand.h>
#include <pthread.h>
#include <string.h>

struct bell {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	unsigned rung;
};

static void ring_bell(void *ctx)
{
	struct bell *b = ctx;

	pthread_mutex_lock(&b->lock);
	b->rung++;
	pthread_cond_signal(&b->cond);
	pthread_mutex_unlock(&b->lock);
}

static void draw(void *ctx, void *out, size_t octets)
{
	(void)ctx;
	RAND_bytes(out, (int)octets);
}

static struct ike_dh_job *job_of(struct ike_crypto *c, const struct ike_dh *peer)
{
	struct ike_dh_job *job = calloc(1, sizeof(*job));

	if (!job || ike_dh_draw(c, &job->own, peer->group, draw, NULL))
		abort();
	job->peer_octets = peer->public_octets;
	memcpy(job->peer, peer->public, peer->public_octets);
	return job;
}

/* Every job comes back once, with what the same computation gives here. */
static void computes(void)
{
	struct bell b = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 };
	struct ike_crypto *c = ike_crypto_new();
	struct dhpool *p = dhpool_new(2, ring_bell, &b);
	struct ike_dh peer;
	unsigned back = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL_FATAL(ike_dh_generate(c, &peer, 19, draw, NULL), 0);
	for (unsigned i = 0; i < 100; i++)
		CU_ASSERT_TRUE(dhpool_give(p, job_of(c, &peer)));
	while (back < 100) {
		struct ike_dh_job *job;

		pthread_mutex_lock(&b.lock);
		while (!b.rung)
			pthread_cond_wait(&b.cond, &b.lock);
		b.rung = 0;
		pthread_mutex_unlock(&b.lock);
		while ((job = dhpool_take(p))) {
			uint8_t gxy[IKE_DH_MAX];

			CU_ASSERT_EQUAL(job->rc, 0);
			CU_ASSERT_EQUAL(ike_dh_shared(c, &peer, (struct ike_bytes){ job->own.public, 64 }, gxy), 0);
			CU_ASSERT_EQUAL(memcmp(gxy, job->gxy, 32), 0);
			ike_dh_job_free(job);
			back++;
		}
	}
	dhpool_free(p);
	ike_crypto_free(c);
}

/* No more than it has room for; what is left at the end goes with it. */
static void is_bounded(void)
{
	struct bell b = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 };
	struct ike_crypto *c = ike_crypto_new();
	struct dhpool *p = dhpool_new(1, ring_bell, &b);
	struct ike_dh_job *job;
	struct ike_dh peer;
	unsigned given = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL_FATAL(ike_dh_generate(c, &peer, 16, draw, NULL), 0);
	while (given < 10000 && dhpool_give(p, job = job_of(c, &peer)))
		given++;
	CU_ASSERT_TRUE(given < 10000);
	if (given < 10000)
		ike_dh_job_free(job);
	dhpool_free(p);
	ike_crypto_free(c);
}

static const struct unit_test tests[] = {
	{ "computes", computes },
	{ "is bounded", is_bounded },
};

UNIT_MAIN("dhpool", tests)
