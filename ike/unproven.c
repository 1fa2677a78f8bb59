#include "ike/unproven.h"

#include "ike/ipsec.h"

struct ip_addr ike_source(const struct ip_addr *a)
{
	struct ip_addr source = *a;

	if (a->family == 6)
		memset(source.octets + 8, 0, 8);
	return source;
}

static bool same_source(const struct ip_addr *a, const struct ip_addr *b)
{
	const struct ip_addr x = ike_source(a), y = ike_source(b);

	return ip_equal(&x, &y);
}

static struct ike_debt *chain_of(struct ike *e, bool known, const struct ip_addr *who)
{
	return e->debts.of[known][ike_index_hash(e, who) % IKE_DEBT_CHAINS];
}

static struct ike_debt *find(struct ike *e, bool known, const struct ip_addr *who)
{
	struct ike_debt *d = chain_of(e, known, who);

	for (size_t i = 0; i < IKE_DEBT_CHAIN; i++)
		if (d[i].who.family && ip_equal(&d[i].who, who))
			return &d[i];
	return NULL;
}

/* NULL: there is no room. */
static struct ike_debt *begin(struct ike *e, bool known, const struct ip_addr *who)
{
	struct ike_debt *d = chain_of(e, known, who), *oldest = d;

	for (size_t i = 0; i < IKE_DEBT_CHAIN; i++) {
		if (!d[i].who.family)
			return &d[i];
		if (d[i].since_ms < oldest->since_ms)
			oldest = &d[i];
	}
	return ike_now(e) - oldest->since_ms >= IKE_DEBT_MS ? oldest : NULL;
}

void ike_credit_begin(struct ike *e, const struct ip_addr *from, size_t octets)
{
	e->debts.now = (struct ike_credit){ *from, octets };
}

struct ike_credit ike_credit_take(struct ike *e)
{
	const struct ike_credit c = e->debts.now;

	e->debts.now = (struct ike_credit){ 0 };
	return c;
}

/* What was owed is owed no more, as far as this goes. */
static void pay(struct ike *e, struct ike_credit *c)
{
	const struct ip_addr who = ike_source(&c->from);

	for (int known = 0; c->octets && known < 2; known++) {
		struct ike_debt *d = find(e, known, &who);

		if (!d)
			continue;
		if (d->octets > c->octets) {
			d->octets -= (uint32_t)c->octets;
			c->octets = 0;
		} else {
			c->octets -= d->octets;
			*d = (struct ike_debt){ 0 };
		}
	}
}

void ike_credit_end(struct ike *e)
{
	struct ike_credit c = ike_credit_take(e);

	pay(e, &c);
}

/* What came pays for the answer with what came before it, or is saved. */
static bool pay_before(struct ike *e, bool known, const struct ip_addr *who, struct ike_credit *c, size_t octets)
{
	struct ike_saving *s = &e->debts.saved[known][ike_index_hash(e, who) % IKE_SAVINGS];
	const size_t all = c->octets + (ip_equal(&s->who, who) ? s->octets : 0);

	c->octets = 0;
	*s = all < octets ? (struct ike_saving){ *who, (uint32_t)all } : (struct ike_saving){ 0 };
	return all >= octets;
}

bool ike_may_answer(struct ike *e, const struct ip_addr *local, const struct ip_addr *to, size_t octets)
{
	struct ike_credit *c = &e->debts.now;
	const bool came = c->from.family && same_source(&c->from, to);
	const struct ip_addr who = ike_source(to);
	struct ike_debt *d;
	size_t paid;
	bool known;

	if (came && octets <= c->octets) {
		c->octets -= octets;
		return true;
	}
	if (came)
		pay(e, c);
	paid = came ? c->octets : 0;
	if (find(e, false, &who) || find(e, true, &who))
		return false;
	known = ike_is_configured(e, local, to);
	d = begin(e, known, &who);
	if (!d)
		return came && pay_before(e, known, &who, c, octets);
	*d = (struct ike_debt){ who, (uint32_t)(octets - paid), ike_now(e) };
	if (came)
		c->octets = 0;
	return true;
}

void ike_proven(struct ike *e, const struct ip_addr *who)
{
	const struct ip_addr source = ike_source(who);

	for (int known = 0; known < 2; known++) {
		struct ike_debt *d = find(e, known, &source);

		if (d)
			*d = (struct ike_debt){ 0 };
	}
}
