/* Whether a debug line is about somebody that `debug crypto condition` asks for. */
#include "ike/condition.h"

#include "ike/ipsec.h"

#include <string.h>
#include <strings.h>

#define ENGINE_ID 1u /* of the software engine, as in "flow_id: SW:1" */

static const char only_vrf[] = "Global";

void ike_set_conditions(struct ike *e, const struct ike_conditions *c)
{
	e->conditions = *c;
}

/* --- whom it is about --------------------------------------------------------------------------------------------- */

static bool has_same_ends(const struct ike_about *a, const struct ike_about *b)
{
	return ip_equal(&a->path.local, &b->path.local) && ip_equal(&a->path.remote, &b->path.remote);
}

void ike_about_begin(struct ike_about *a)
{
	const struct ike_about *outer = a->e->about;
	const struct ike_ident_entry *i;

	if (a->sa) {
		a->path = a->sa->path;
	} else if (a->ident && (i = ike_ident_find(a->e, a->ident))) {
		a->path = (struct ike_path){ .local = i->config.local, .remote = i->config.remote };
	} else if (!a->path.remote.family && outer) {
		a->sa = outer->sa;
		a->ident = outer->ident;
		a->path = outer->path;
	}
	/* an IKE SA that is made for an ident, and what is made in it */
	if (!a->ident && outer && has_same_ends(a, outer))
		a->ident = outer->ident;
	a->outer = a->e->about;
	a->e->about = a;
}

void ike_about_end(struct ike_about *a)
{
	a->e->about = a->outer;
}

void ike_about_gone(struct ike *e, const struct ike_sa *sa)
{
	for (struct ike_about *a = e->about; a; a = a->outer) {
		if (a->sa == sa)
			a->sa = NULL;
	}
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

enum answer { UNKNOWN, ANOTHER, THIS };

static enum answer is(bool known, bool same)
{
	return same ? THIS : known ? ANOTHER : UNKNOWN;
}

static enum answer is_flow_of(const struct ike_ident_entry *i, const struct ike_condition *c)
{
	const struct ike_pair *p;

	TAILQ_FOREACH (p, &i->pairs, link) {
		if (c->kind == IKE_BY_SPI
			    ? p->in_spi == c->number || p->out_spi == c->number
			    : c->engine_id == ENGINE_ID && (p->in_conn == c->number || p->out_conn == c->number))
			return THIS;
	}
	return is(!TAILQ_EMPTY(&i->pairs), false);
}

/* Of an ident its own SAs, of an IKE SA those of all its peer's tunnels. */
static enum answer is_flow(struct ike *e, const struct ike_about *a, const struct ike_condition *c)
{
	const struct ip_addr *remote = a->sa ? &a->sa->known_as : &a->path.remote;
	const struct ike_ident_entry *i = a->ident ? ike_ident_find(e, a->ident) : NULL;
	enum answer best = UNKNOWN, one;

	if (i)
		return is_flow_of(i, c);
	TAILQ_FOREACH (i, ike_idents_by_ends(e, &a->path.local, remote), by_ends) {
		if (!ip_equal(&i->config.local, &a->path.local) || !ip_equal(&i->config.remote, remote))
			continue;
		one = is_flow_of(i, c);
		best = one > best ? one : best;
	}
	return best;
}

static enum answer ask(struct ike *e, const struct ike_about *a, const struct ike_condition *c)
{
	const struct ike_path *path = a->sa ? &a->sa->path : &a->path;
	const struct ike_ident_entry *i;
	const char *name;

	switch (c->kind) {
	case IKE_BY_PEER:
	case IKE_BY_SUBNET:
		return is(path->remote.family, ip_in_prefix(&path->remote, &c->address) ||
						       (a->sa && ip_in_prefix(&a->sa->known_as, &c->address)));
	case IKE_BY_LOCAL:
		return is(path->local.family, ip_in_prefix(&path->local, &c->address));
	case IKE_BY_HOSTNAME:
	case IKE_BY_GROUP:
		name = a->sa ? a->sa->phase1_id : "";
		return is(*name, !strcmp(name, c->name));
	case IKE_BY_FVRF:
	case IKE_BY_IVRF:
		return is(path->remote.family, path->remote.family && !strcasecmp(c->name, only_vrf));
	case IKE_BY_PROFILE:
		i = a->ident ? ike_ident_find(e, a->ident) : NULL;
		name = a->sa ? a->sa->profile : i ? i->config.profile : "";
		return is(*name || (a->sa && a->sa->authenticated), !strcmp(name, c->name));
	case IKE_BY_CONNID:
		if (a->sa && a->sa->conn_id == c->number && c->engine_id == ENGINE_ID)
			return THIS;
		return is_flow(e, a, c) == THIS ? THIS : is(a->sa && a->sa->conn_id, false);
	case IKE_BY_FLOWID:
	case IKE_BY_SPI:
		return is_flow(e, a, c);
	}
	return UNKNOWN;
}

bool ike_condition_shows(struct ike *e, enum ike_debug kind)
{
	bool another = false;

	if (!e->conditions.count)
		return true;
	for (unsigned i = 0; e->about && i < e->conditions.count; i++) {
		const enum answer x = ask(e, e->about, &e->conditions.list[i]);

		if (x == THIS)
			return true;
		another |= x == ANOTHER;
	}
	return !another && (e->conditions.unmatched & (unsigned)kind);
}
