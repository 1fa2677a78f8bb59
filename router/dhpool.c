#include "router/dhpool.h"

#include "base/sandbox.h"
#include "ike/keys.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>

#define DHPOOL_JOBS    256 /* half-open SAs are bounded too: more is never of use */
#define DHPOOL_THREADS 8

/* A ring of jobs; both are large enough for all jobs that can be here. */
struct ring {
	struct ike_dh_job *jobs[DHPOOL_JOBS];
	unsigned first, count;
};

struct helper {
	struct dhpool *pool;
	struct ike_crypto *crypto;
	pthread_t thread;
};

struct dhpool {
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct ring waiting, done;
	unsigned here; /* waiting, at work, done */
	bool stopping;
	void (*ready)(void *ctx);
	void *ctx;
	unsigned threads;
	struct helper helpers[DHPOOL_THREADS];
};

static void push(struct ring *r, struct ike_dh_job *job)
{
	r->jobs[(r->first + r->count++) % DHPOOL_JOBS] = job;
}

static struct ike_dh_job *pop(struct ring *r)
{
	struct ike_dh_job *job;

	if (!r->count)
		return NULL;
	job = r->jobs[r->first];
	r->first = (r->first + 1) % DHPOOL_JOBS;
	r->count--;
	return job;
}

static void *helper_main(void *arg)
{
	struct helper *h = arg;
	struct dhpool *p = h->pool;
	struct ike_dh_job *job;

	prctl(PR_SET_NAME, "Crypto DH"); /* as `show processes cpu` has it */
	sandbox_enter(SANDBOX_QUIET);
	pthread_mutex_lock(&p->lock);
	while (!p->stopping) {
		job = pop(&p->waiting);
		if (!job) {
			pthread_cond_wait(&p->work, &p->lock);
			continue;
		}
		pthread_mutex_unlock(&p->lock);
		ike_dh_compute(h->crypto, job);
		pthread_mutex_lock(&p->lock);
		push(&p->done, job);
		if (p->done.count == 1)
			p->ready(p->ctx);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static bool start(struct dhpool *p, struct helper *h)
{
	sigset_t all, old;
	bool good;

	h->pool = p;
	h->crypto = ike_crypto_new();
	if (!h->crypto)
		return false;
	/* signals are control's */
	sigfillset(&all);
	sigdelset(&all, SIGSYS); /* base/sandbox.h tells of it */
	pthread_sigmask(SIG_SETMASK, &all, &old);
	good = !pthread_create(&h->thread, NULL, helper_main, h);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!good)
		ike_crypto_free(h->crypto);
	return good;
}

struct dhpool *dhpool_new(unsigned threads, void (*ready)(void *ctx), void *ctx)
{
	struct dhpool *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	p->ready = ready;
	p->ctx = ctx;
	while (p->threads < threads && p->threads < DHPOOL_THREADS && start(p, &p->helpers[p->threads]))
		p->threads++;
	if (p->threads)
		return p;
	dhpool_free(p);
	return NULL;
}

void dhpool_free(struct dhpool *p)
{
	struct ike_dh_job *job;

	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->stopping = true;
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->threads; i++) {
		pthread_join(p->helpers[i].thread, NULL);
		ike_crypto_free(p->helpers[i].crypto);
	}
	while ((job = pop(&p->waiting)) || (job = pop(&p->done)))
		ike_dh_job_free(job);
	pthread_cond_destroy(&p->work);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

bool dhpool_give(struct dhpool *p, struct ike_dh_job *job)
{
	bool room;

	pthread_mutex_lock(&p->lock);
	room = p->here < DHPOOL_JOBS;
	if (room) {
		p->here++;
		push(&p->waiting, job);
		pthread_cond_signal(&p->work);
	}
	pthread_mutex_unlock(&p->lock);
	return room;
}

struct ike_dh_job *dhpool_take(struct dhpool *p)
{
	struct ike_dh_job *job;

	pthread_mutex_lock(&p->lock);
	job = pop(&p->done);
	if (job)
		p->here--;
	pthread_mutex_unlock(&p->lock);
	return job;
}
