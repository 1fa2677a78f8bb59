/* Diffie-Hellman jobs of an engine that is a fake: it starts none. */
#include "ike/ike.h"
#include "ike/keys.h"

#include <stdlib.h>

struct ike_crypto *ike_crypto_new(void)
{
	return NULL; /* so the pool has no thread */
}

void ike_crypto_free(struct ike_crypto *c)
{
	(void)c;
}

void ike_dh_compute(struct ike_crypto *c, struct ike_dh_job *job)
{
	(void)c, (void)job;
	abort();
}

void ike_dh_done(struct ike *e, struct ike_dh_job *job)
{
	(void)e, (void)job;
	abort();
}

void ike_dh_job_free(struct ike_dh_job *job)
{
	(void)job;
	abort();
}
