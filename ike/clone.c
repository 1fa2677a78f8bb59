/*
 * Idents made from a Virtual-Template, one for each peer whose isakmp profile names it. A clone is there from its
 * peer's first Quick Mode that suits to the end of its last pair of SAs. It protects what the peer asks for, and never
 * looks for its peer: that one comes when it wants something. It does rekey.
 *
 * A clone goes at the end of the call in which it lost what kept it, so that pointers to it are good until then.
 */
#include "ike/ipsec.h"
#include "ike/profile.h"

#include <stdlib.h>
#include <string.h>

static bool is_template(const struct ike_ident_entry *i, unsigned number, const struct ip_addr *local)
{
	const struct ip_addr *a = &i->config.local;

	return number && i->config.virtual_template == number && (!a->family || ip_equal(a, local));
}

/* A NAT may have given the address and the port to another peer since: who it is has the last word. */
bool ike_clone_is_of(const struct ike_ident_entry *i, const struct ike_sa *sa)
{
	return i->template && i->peer_port == sa->path.remote_port &&
	       ike_sa_between(sa, &i->config.local, &i->config.remote) && !strcmp(i->peer_id, sa->phase1_id);
}

static unsigned template_number(const struct ike *e, const struct ike_sa *sa)
{
	for (size_t k = 0; k < e->set.profile_count; k++)
		if (sa->profile[0] && !strcmp(e->set.profiles[k].name, sa->profile))
			return e->set.profiles[k].virtual_template;
	return 0;
}

/* A peer has one Virtual-Access interface, and that has one pair of proxies. */
struct ike_ident_entry *ike_template_for(struct ike *e, const struct ike_sa *sa, const struct ip_prefix *local_proxy,
					 const struct ip_prefix *remote_proxy)
{
	const unsigned number = template_number(e, sa);
	struct ike_ident_entry *i, *found = NULL;
	unsigned clones = 0;

	TAILQ_FOREACH (i, &e->idents, link) {
		if (ike_clone_is_of(i, sa))
			return NULL;
		clones += i->template != 0;
		if (!found && is_template(i, number, &sa->path.local) && ike_profile_serves(sa, &i->config))
			found = i;
	}
	if (!found || clones >= IKE_CLONES_MAX || found->config.local_proxy.addr.family != local_proxy->addr.family ||
	    found->config.remote_proxy.addr.family != remote_proxy->addr.family)
		return NULL;
	return found;
}

struct ike_ident_entry *ike_ident_clone(struct ike *e, const struct ike_ident_entry *template, const struct ike_sa *sa,
					const struct ip_prefix *local_proxy, const struct ip_prefix *remote_proxy)
{
	struct ike_ident config = template->config;
	struct ike_ident_entry *i;

	config.virtual_template = 0;
	config.local = sa->path.local;
	config.remote = sa->known_as;
	config.local_proxy = ip_network(local_proxy);
	config.remote_proxy = ip_network(remote_proxy);
	if (!e->ops.ident_cloned(e->ops.ctx, template->number, e->next_ident, &config))
		return NULL;
	i = ike_ident_new(e, &config);
	if (!i) {
		e->ops.ident_gone(e->ops.ctx, e->next_ident);
		return NULL;
	}
	i->template = template->number;
	i->peer_port = sa->path.remote_port;
	i->peer_id = text_share(sa->phase1_id);
	e->clones_doubtful = true;
	return i;
}

void ike_clones_moved(struct ike *e, const struct ike_sa *sa)
{
	struct ike_ident_entry *i;
	struct ike_pair *p, *next;
	struct ike_sa *other;

	TAILQ_FOREACH (i, &e->idents, link) {
		if (!i->template || strcmp(i->peer_id, sa->phase1_id) || ike_clone_is_of(i, sa))
			continue;
		for (p = TAILQ_FIRST(&i->pairs); p; p = next) {
			next = TAILQ_NEXT(p, link);
			if (p->created_ms < sa->created_ms)
				ike_pair_delete(e, i, p, false);
		}
		TAILQ_FOREACH (other, &e->sas, link) {
			if (other != sa && other->state == IKE_P1_COMPLETE && !other->deleted &&
			    other->authenticated_ms < sa->created_ms && ike_clone_is_of(i, other))
				ike_sa_delete(e, other, "Receive initial contact");
		}
	}
}

static void reap(struct ike *e, struct ike_ident_entry *i)
{
	ike_unindex_ident(e, i);
	e->ops.ident_gone(e->ops.ctx, i->number);
	ike_ident_free(i);
}

void ike_clones_reap(struct ike *e)
{
	struct ike_ident_entry *i, *next;

	if (!e->clones_doubtful)
		return;
	e->clones_doubtful = false;
	for (i = TAILQ_FIRST(&e->idents); i; i = next) {
		next = TAILQ_NEXT(i, link);
		if (!i->template || !TAILQ_EMPTY(&i->pairs))
			continue;
		if (ike_ident_is_negotiated(e, i))
			e->clones_doubtful = true;
		else
			reap(e, i);
	}
}

void ike_clones_remove(struct ike *e, uint32_t template, void (*end)(struct ike *e, struct ike_ident_entry *i))
{
	struct ike_ident_entry *i, *next;

	for (i = TAILQ_FIRST(&e->idents); i; i = next) {
		next = TAILQ_NEXT(i, link);
		if (!template || i->template != template)
			continue;
		end(e, i);
		reap(e, i);
	}
}
