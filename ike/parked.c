#include "ike/parked.h"

#include "ike/ipsec.h"
#include "ike/natt.h"
#include "ike/table.h"

#include <stdlib.h>

struct ike_parked {
	TAILQ_ENTRY(ike_parked) by_age, by_cookie, by_source;
	struct ike_parked_source *source;
	uint64_t created_ms;
	struct ip_addr local, remote;
	uint16_t local_port, remote_port;
	uint16_t octets;
	bool known;
	uint8_t rcookie[ISAKMP_COOKIE_OCTETS];
	uint8_t mm1[]; /* the initiator's cookie comes first in it */
};

_Static_assert(sizeof(struct ike_parked) <= IKE_PARKED_OVERHEAD, "as ike/parked.h says");

struct ike_parked_chains {
	struct ike_parked_list by_cookie[IKE_PARKED_CHAINS];
	struct ike_parked_source by_source[2][IKE_PARKED_CHAINS];
};

void ike_parking_init(struct ike_parking *p)
{
	TAILQ_INIT(&p->pool[0]);
	TAILQ_INIT(&p->pool[1]);
}

static bool make_chains(struct ike_parking *p)
{
	if (p->chains)
		return true;
	p->chains = malloc(sizeof(*p->chains));
	if (!p->chains)
		return false;
	for (size_t i = 0; i < IKE_PARKED_CHAINS; i++) {
		TAILQ_INIT(&p->chains->by_cookie[i]);
		for (int known = 0; known < 2; known++) {
			TAILQ_INIT(&p->chains->by_source[known][i].list);
			p->chains->by_source[known][i].count = 0;
		}
	}
	p->octets = sizeof(*p->chains);
	return true;
}

static struct ike_parked_list *chain_of(const struct ike *e, const uint8_t *rcookie)
{
	struct rd r = rd_of(rcookie, ISAKMP_COOKIE_OCTETS);

	return &e->parking.chains->by_cookie[rd_u32(&r) % IKE_PARKED_CHAINS]; /* the cookie is random, and our own */
}

static struct ike_parked_source *source_of(struct ike *e, bool known, const struct ip_addr *remote)
{
	const struct ip_addr who = ike_source(remote);

	return &e->parking.chains->by_source[known][ike_index_hash(e, &who) % IKE_PARKED_CHAINS];
}

static void unlink_parked(struct ike *e, struct ike_parked *k)
{
	struct ike_parking *p = &e->parking;

	TAILQ_REMOVE(&p->pool[k->known], k, by_age);
	TAILQ_REMOVE(chain_of(e, k->rcookie), k, by_cookie);
	TAILQ_REMOVE(&k->source->list, k, by_source);
	k->source->count--;
	p->count[k->known]--;
	p->octets -= sizeof(*k) + k->octets;
}

static void drop(struct ike *e, struct ike_parked *k)
{
	unlink_parked(e, k);
	free(k);
}

void ike_parking_clear(struct ike *e)
{
	struct ike_parked *k;

	for (int known = 0; known < 2; known++)
		while ((k = TAILQ_FIRST(&e->parking.pool[known])))
			drop(e, k);
	free(e->parking.chains);
	e->parking.chains = NULL;
	e->parking.octets = 0;
}

bool ike_is_parkable(const struct ike_sa *sa)
{
	return sa->state == IKE_R_MM2 && !sa->deleted && !sa->step && !sa->proven && sa->in.octets &&
	       sa->in.octets <= IKE_PARKED_OCTETS;
}

void ike_park(struct ike *e, const struct ike_sa *sa)
{
	struct ike_parking *p = &e->parking;
	const unsigned of_one = sa->known ? IKE_PARKED_OF_KNOWN : IKE_PARKED_OF_ONE;
	const unsigned most = sa->known ? IKE_PARKED_KNOWN : IKE_PARKED_STRANGERS;
	struct ike_parked *k;

	if (!ike_is_parkable(sa) || !make_chains(p))
		return;
	k = malloc(sizeof(*k) + sa->in.octets);
	if (!k)
		return;
	k->source = source_of(e, sa->known, &sa->path.remote);
	if (k->source->count >= of_one)
		drop(e, TAILQ_FIRST(&k->source->list));
	else if (p->count[sa->known] >= most)
		drop(e, TAILQ_FIRST(&p->pool[sa->known]));
	k->created_ms = sa->created_ms;
	k->local = sa->path.local;
	k->remote = sa->path.remote;
	k->local_port = sa->path.local_port;
	k->remote_port = sa->path.remote_port;
	k->known = sa->known;
	k->octets = (uint16_t)sa->in.octets;
	memcpy(k->rcookie, sa->rcookie, sizeof(k->rcookie));
	memcpy(k->mm1, sa->in.p, sa->in.octets);
	TAILQ_INSERT_TAIL(&p->pool[k->known], k, by_age);
	TAILQ_INSERT_TAIL(chain_of(e, k->rcookie), k, by_cookie);
	TAILQ_INSERT_TAIL(&k->source->list, k, by_source);
	k->source->count++;
	p->count[k->known]++;
	p->octets += sizeof(*k) + k->octets;
}

static struct ike_parked *find(struct ike *e, const struct ike_path *path, const struct isakmp_header *h)
{
	struct ike_parked *k;

	TAILQ_FOREACH (k, chain_of(e, h->rcookie), by_cookie) {
		if (!memcmp(k->rcookie, h->rcookie, sizeof(k->rcookie)) &&
		    !memcmp(k->mm1, h->icookie, sizeof(h->icookie)) && ip_equal(&k->local, &path->local) &&
		    ip_equal(&k->remote, &path->remote) && k->local_port == path->local_port &&
		    k->remote_port == path->remote_port)
			return k;
	}
	return NULL;
}

struct ike_sa *ike_unpark(struct ike *e, const struct ike_path *path, const struct isakmp_header *h)
{
	struct ike_parked *k;
	struct ike_sa *sa;

	if (h->exchange != EXCHANGE_MAIN || !e->parking.chains || !(k = find(e, path, h)))
		return NULL;
	unlink_parked(e, k); /* what gives way to it is parked in turn */
	sa = ike_receive_again(e, path, k->rcookie, k->mm1, k->octets);
	if (sa) {
		sa->created_ms = k->created_ms; /* INITIAL_CONTACT spares what is newer */
		sa->half_open_ms = k->created_ms + IKE_HALF_OPEN_MS;
	}
	free(k);
	return sa;
}

void ike_parking_timer(struct ike *e)
{
	const uint64_t now = ike_now(e);
	struct ike_parked *k;

	for (int known = 0; known < 2; known++)
		while ((k = TAILQ_FIRST(&e->parking.pool[known])) && now - k->created_ms >= IKE_HALF_OPEN_MS)
			drop(e, k);
	if (!ike_parking_count(&e->parking))
		ike_parking_clear(e);
}

uint64_t ike_parking_deadline(const struct ike *e)
{
	uint64_t at = IKE_NEVER;

	for (int known = 0; known < 2; known++) {
		const struct ike_parked *k = TAILQ_FIRST(&e->parking.pool[known]);

		if (k && k->created_ms + IKE_HALF_OPEN_MS < at)
			at = k->created_ms + IKE_HALF_OPEN_MS;
	}
	return at;
}
