/*
 * `debug crypto condition`: which debug lines are printed. With a condition in force a line is when what the engine works
 * on has one of the values that are asked for; the conditions are alternatives, of one kind and of several. A line about
 * which none of them can be asked (`unmatched`) is printed only where that is switched on for its kind of debug.
 *
 * An IPsec SA's SPI, conn id or flow id stands for its whole flow: both directions and the negotiation of its successor.
 */
#ifndef IKE_CONDITION_H
#define IKE_CONDITION_H

#include "base/addr.h"
#include "config/model.h"

#define IKE_CONDITIONS_MAX 64

enum ike_condition_kind {
	IKE_BY_PEER,     /* address: a host */
	IKE_BY_SUBNET,   /* address */
	IKE_BY_HOSTNAME, /* name: the peer's identity */
	IKE_BY_GROUP,    /* likewise */
	IKE_BY_LOCAL,    /* address: a host of this router */
	IKE_BY_FVRF,     /* name; "Global" is the one that is there */
	IKE_BY_IVRF,     /* likewise */
	IKE_BY_PROFILE,  /* name of an isakmp profile */
	IKE_BY_CONNID,   /* number, of the engine engine_id */
	IKE_BY_FLOWID,   /* likewise */
	IKE_BY_SPI,      /* number, host byte order */
};

struct ike_condition {
	enum ike_condition_kind kind;
	struct ip_prefix address;
	uint32_t number;
	unsigned engine_id;
	char name[CONFIG_TEXT_SIZE];
};

struct ike_conditions {
	struct ike_condition list[IKE_CONDITIONS_MAX]; /* as they were added */
	unsigned count;
	unsigned unmatched; /* mask of IKE_DEBUG_ISAKMP, IKE_DEBUG_IPSEC, IKE_DEBUG_ENGINE */
};

static inline bool ike_condition_same(const struct ike_condition *a, const struct ike_condition *b)
{
	return a->kind == b->kind && a->address.len == b->address.len && ip_equal(&a->address.addr, &b->address.addr) &&
	       a->number == b->number && a->engine_id == b->engine_id && !strcmp(a->name, b->name);
}

/* False when there are too many. One that is there already is not there twice. */
static inline bool ike_condition_add(struct ike_conditions *c, const struct ike_condition *x)
{
	for (unsigned i = 0; i < c->count; i++)
		if (ike_condition_same(&c->list[i], x))
			return true;
	if (c->count == IKE_CONDITIONS_MAX)
		return false;
	c->list[c->count++] = *x;
	return true;
}

static inline void ike_condition_remove(struct ike_conditions *c, const struct ike_condition *x)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < c->count; i++)
		if (!ike_condition_same(&c->list[i], x))
			c->list[kept++] = c->list[i];
	c->count = kept;
}

#endif
