/*
 * Where SAs, peers and idents are found without walking all of them: chains by cookie, by endpoints, by address, by number.
 * A chain holds what happens to have the same hash too, so whoever walks one compares as if it were the whole list.
 */
#include "ike/index.h"

#include "ike/ipsec.h"

static uint32_t mix(uint32_t h, const uint8_t *p, size_t octets)
{
	while (octets--)
		h = (h ^ *p++) * UINT32_C(16777619);
	return h;
}

static size_t fold(uint32_t h)
{
	return (h ^ h >> 16) % IKE_CHAINS;
}

uint32_t ike_index_hash(const struct ike *e, const struct ip_addr *a)
{
	const uint32_t h = mix(e->index.seed, a->octets, ip_octets(a));

	return h ^ h >> 16;
}

static uint32_t mix_ends(const struct ike *e, const struct ip_addr *local, const struct ip_addr *remote)
{
	const uint32_t h = mix(e->index.seed, local->octets, ip_octets(local));

	return mix(h, remote->octets, ip_octets(remote));
}

static size_t of_ends(const struct ike *e, const struct ip_addr *local, const struct ip_addr *remote)
{
	return fold(mix_ends(e, local, remote));
}

/* The local port is 500 or 4500: it tells few apart. */
size_t ike_index_path(const struct ike *e, const struct ike_path *path)
{
	const uint8_t port[] = { (uint8_t)(path->remote_port >> 8), (uint8_t)path->remote_port };

	return fold(mix(mix_ends(e, &path->local, &path->remote), port, sizeof(port)));
}

bool ike_same_path(const struct ike_path *a, const struct ike_path *b)
{
	return a->local_port == b->local_port && a->remote_port == b->remote_port && ip_equal(&a->local, &b->local) &&
	       ip_equal(&a->remote, &b->remote);
}

void ike_index_init(struct ike *e)
{
	e->index.seed = e->next_ptr * UINT32_C(2654435769);
	for (size_t k = 0; k < IKE_CHAINS; k++) {
		TAILQ_INIT(&e->index.sas_by_cookie[k]);
		TAILQ_INIT(&e->index.sas_by_ends[k]);
		TAILQ_INIT(&e->index.peers_by_address[k]);
		TAILQ_INIT(&e->index.idents_by_ends[k]);
		TAILQ_INIT(&e->index.idents_by_number[k]);
	}
}

struct ike_sa_chain *ike_sas_by_cookie(struct ike *e, const uint8_t *icookie)
{
	return &e->index.sas_by_cookie[fold(mix(e->index.seed, icookie, ISAKMP_COOKIE_OCTETS))];
}

struct ike_sa_chain *ike_sas_by_ends(struct ike *e, const struct ip_addr *local, const struct ip_addr *remote)
{
	return &e->index.sas_by_ends[of_ends(e, local, remote)];
}

struct ike_peer_chain *ike_peers_by_address(struct ike *e, const struct ip_addr *remote)
{
	return &e->index.peers_by_address[ike_index_hash(e, remote) % IKE_CHAINS];
}

struct ike_ident_chain *ike_idents_by_ends(struct ike *e, const struct ip_addr *local, const struct ip_addr *remote)
{
	return &e->index.idents_by_ends[of_ends(e, local, remote)];
}

struct ike_ident_chain *ike_idents_by_number(struct ike *e, uint32_t number)
{
	return &e->index.idents_by_number[number % IKE_CHAINS];
}

void ike_index_sa(struct ike *e, struct ike_sa *sa)
{
	ike_unindex_sa(sa);
	sa->cookie_chain = ike_sas_by_cookie(e, sa->icookie);
	sa->ends_chain = ike_sas_by_ends(e, &sa->path.local, &sa->known_as);
	TAILQ_INSERT_HEAD(sa->cookie_chain, sa, by_cookie);
	TAILQ_INSERT_HEAD(sa->ends_chain, sa, by_ends);
}

void ike_unindex_sa(struct ike_sa *sa)
{
	if (!sa->cookie_chain)
		return;
	TAILQ_REMOVE(sa->cookie_chain, sa, by_cookie);
	TAILQ_REMOVE(sa->ends_chain, sa, by_ends);
	sa->cookie_chain = sa->ends_chain = NULL;
}

void ike_index_ident(struct ike *e, struct ike_ident_entry *i)
{
	TAILQ_INSERT_TAIL(&e->idents, i, link);
	TAILQ_INSERT_TAIL(ike_idents_by_number(e, i->number), i, by_number);
	TAILQ_INSERT_TAIL(ike_idents_by_ends(e, &i->config.local, &i->config.remote), i, by_ends);
	e->ident_count++;
}

void ike_unindex_ident(struct ike *e, struct ike_ident_entry *i)
{
	TAILQ_REMOVE(&e->idents, i, link);
	TAILQ_REMOVE(ike_idents_by_number(e, i->number), i, by_number);
	TAILQ_REMOVE(ike_idents_by_ends(e, &i->config.local, &i->config.remote), i, by_ends);
	e->ident_count--;
}
