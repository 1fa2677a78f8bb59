/*
 * Access lists of interfaces, in one nftables table of the router's own, replaced in one transaction per change.
 *
 * A list is a chain, an interface an element of a map that leads to it, an entry's counter an object that outlives the
 * rule it stands in. So a change sends what changed of lists, and all elements. What nft has not taken is not in force:
 * an interface whose lists are not is kept down, and the next transaction makes the table anew.
 */
#include "router/filter_rules.h"
#include "router/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NFT_WAIT_MS 30000

struct handles {
	uint64_t *at;
	size_t count;
};

/* A list that is used, or was when nft was told last. */
struct filter_list {
	TAILQ_ENTRY(filter_list) link;
	bool ipv6;
	char name[ACL_NAME_SIZE];
	unsigned chain;
	uint64_t wanted, sent, installed; /* digests, 0: not there */
	bool looked_up, incomplete;       /* in the model, for `wanted` */
	struct handles installed_handles, sent_handles;
};

struct filter {
	TAILQ_HEAD(, filter_list) lists;
	unsigned last_chain;
	bool booted;
	bool table;  /* there is one as we know it */
	bool stale;  /* there may be one as we do not know it */
	bool failed; /* nft did not take what was wanted then: */
	uint64_t failed_sum;
	bool retry; /* it is time to try that once more */
	char why[200];
	struct nft_run run;
	struct event *done;
	bool full;              /* the run that is under way makes the table anew */
	char *uses, *sent_uses; /* elements in force and under way, as text; NULL: none */
};

static void sent_is_over(struct router *r, int rc);

static struct filter *filter_of(struct router *r)
{
	if (!r->filter && (r->filter = calloc(1, sizeof(*r->filter)))) {
		TAILQ_INIT(&r->filter->lists);
		r->filter->run.fd = -1;
	}
	return r->filter;
}

/* --- what is wanted ---- */

static const char *name_of(const struct interface *c, unsigned slot)
{
	return slot < 2 ? c->access_group[slot] : c->traffic_filter[slot - 2];
}

bool filter_names_any(const struct interface *c)
{
	return c && (c->access_group[ACL_IN][0] || c->access_group[ACL_OUT][0] || c->traffic_filter[ACL_IN][0] ||
		     c->traffic_filter[ACL_OUT][0]);
}

/* Packets on `lo` are the router's own, whatever Loopback they are for. */
static bool filtered(const struct iface *i, const struct interface *c)
{
	return i->type != IF_LOOPBACK && i->type != IF_VIRTUAL_TEMPLATE && filter_names_any(c);
}

static struct filter_list *list_get(struct filter *f, bool ipv6, const char *name)
{
	struct filter_list *l;

	TAILQ_FOREACH (l, &f->lists, link)
		if (l->ipv6 == ipv6 && !strcmp(l->name, name))
			return l;
	if (!(l = calloc(1, sizeof(*l))))
		return NULL;
	l->ipv6 = ipv6;
	snprintf(l->name, sizeof(l->name), "%s", name);
	l->chain = ++f->last_chain;
	TAILQ_INSERT_TAIL(&f->lists, l, link);
	return l;
}

static void hold(struct router *r, struct iface *i, const char *why)
{
	if (i->filter != FILTER_HELD)
		log_syslog(r->log, LOG_SEV_ERRORS, "SEC", "FILTER",
			   "Interface %s is held down, its access lists are not in force: %s", i->name, why);
	i->filter = FILTER_HELD;
}

static bool refuse(struct router *r, struct iface *i, const char *why)
{
	hold(r, i, why);
	i->filter_refused = true;
	i->filter_wanted = (struct filter_use){ 0 };
	return false;
}

/* A list that is not there or is empty permits everything, as on IOS: there is nothing to install. */
static void look_up(struct router *r, struct filter_list *l)
{
	struct acl *a = config_acl_find(r->config, l->ipv6, l->name);

	l->looked_up = true;
	l->incomplete = config_acl_incomplete(r->config, l->ipv6, l->name);
	l->wanted = a && a->count && !l->incomplete ? acl_digest(a) : 0;
}

/* False: a list cannot be had as it stands; the interface is held down. */
static bool want(struct router *r, struct iface *i, const struct interface *c)
{
	struct filter *f = filter_of(r);
	char why[ACL_NAME_SIZE + 64];

	i->filter_wanted = (struct filter_use){ .quiet = c->no_unreachables };
	for (unsigned slot = 0; slot < FILTER_SLOTS; slot++) {
		const char *name = name_of(c, slot);
		struct filter_list *l;

		if (!name[0])
			continue;
		if (!f || !(l = list_get(f, slot >= 2, name)))
			return refuse(r, i, "out of memory");
		if (!l->looked_up)
			look_up(r, l);
		if (l->incomplete) {
			snprintf(why, sizeof(why), "access list %s has lines that are not understood", name);
			return refuse(r, i, why);
		}
		if (l->wanted)
			i->filter_wanted.lists[slot] = l;
	}
	return true;
}

static bool uses_any(const struct filter_use *u)
{
	for (unsigned slot = 0; slot < FILTER_SLOTS; slot++)
		if (u->lists[slot])
			return true;
	return false;
}

static bool uses_same(const struct filter_use *a, const struct filter_use *b)
{
	return a->quiet == b->quiet && !memcmp(a->lists, b->lists, sizeof(a->lists));
}

/* Are the lists that it uses in the kernel, and as they are now? */
static bool in_force(const struct iface *i)
{
	if (!uses_any(&i->filter_wanted))
		return true;
	if (!uses_same(&i->filter_wanted, &i->filter_installed))
		return false;
	for (unsigned slot = 0; slot < FILTER_SLOTS; slot++) {
		const struct filter_list *l = i->filter_wanted.lists[slot];

		if (l && l->wanted != l->installed)
			return false;
	}
	return true;
}

/* All interfaces and lists as they should be; the elements as text, "" for none, NULL without memory. */
static char *gather(struct router *r)
{
	struct filter *f = r->filter;
	struct filter_list *l;
	size_t octets;
	char *text = NULL;
	struct iface *i;
	FILE *out = open_memstream(&text, &octets);

	if (!out)
		return NULL;
	if (f)
		TAILQ_FOREACH (l, &f->lists, link) {
			l->wanted = 0;
			l->looked_up = false;
		}
	TAILQ_FOREACH (i, &r->ifaces, link) {
		const struct interface *c = iface_config(r, i);

		i->filter_wanted = (struct filter_use){ 0 };
		i->filter_refused = false;
		if (!filtered(i, c)) {
			i->filter = FILTER_IN_FORCE;
			continue;
		}
		if (!i->device[0] || !want(r, i, c))
			continue;
		for (unsigned slot = 0; slot < FILTER_SLOTS; slot++)
			if (i->filter_wanted.lists[slot])
				filter_rules_use(out, i->device, slot, i->filter_wanted.lists[slot]->chain);
		if (i->filter_wanted.quiet && uses_any(&i->filter_wanted))
			filter_rules_quiet(out, i->device);
	}
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

/* Of what is wanted. */
static uint64_t sum_of(const struct filter *f, const char *uses)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);
	const struct filter_list *l;

	for (; *uses; uses++)
		sum = (sum ^ (uint8_t)*uses) * UINT64_C(0x100000001b3);
	TAILQ_FOREACH (l, &f->lists, link)
		sum = (sum ^ l->wanted) * UINT64_C(0x100000001b3);
	return sum;
}

static bool lists_differ(const struct filter *f)
{
	const struct filter_list *l;

	TAILQ_FOREACH (l, &f->lists, link)
		if (l->wanted != l->installed)
			return true;
	return false;
}

/* --- the transaction ---- */

static bool copy_handles(struct handles *h, const struct acl *a)
{
	const struct acl_entry *e;

	h->count = 0;
	if (!(h->at = calloc(a->count + 1, sizeof(*h->at))))
		return false;
	TAILQ_FOREACH (e, &a->entries, link)
		if (!e->remark)
			h->at[h->count++] = e->handle;
	return true;
}

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* verb for what is in `these` and not in `those`; both sorted. */
static void counters_but(FILE *out, const struct handles *these, const struct handles *those, const char *verb)
{
	size_t k = 0;

	for (size_t n = 0; n < these->count; n++) {
		while (k < those->count && those->at[k] < these->at[n])
			k++;
		if (k == those->count || those->at[k] != these->at[n])
			filter_rules_counter(out, these->at[n], verb);
	}
}

static void drop_handles(struct handles *h)
{
	free(h->at);
	*h = (struct handles){ 0 };
}

/* Counters that stay keep what they counted. */
static bool put_list(struct router *r, FILE *out, struct filter_list *l, bool full)
{
	static const struct handles none = { 0 };
	const struct handles *have = full ? &none : &l->installed_handles;
	const struct acl *a = l->wanted ? config_acl_find(r->config, l->ipv6, l->name) : NULL;

	drop_handles(&l->sent_handles);
	if (a && !copy_handles(&l->sent_handles, a))
		return false;
	if (l->sent_handles.count)
		qsort(l->sent_handles.at, l->sent_handles.count, sizeof(uint64_t), by_value);
	counters_but(out, &l->sent_handles, have, "add");
	if (a) {
		filter_log_start(r);
		filter_rules_chain(out, l->chain, "add");
		filter_rules_chain(out, l->chain, "flush");
		filter_rules_list(out, l->chain, a);
	} else if (!full && l->installed) {
		filter_rules_chain(out, l->chain, "flush");
		filter_rules_chain(out, l->chain, "delete");
	}
	counters_but(out, have, &l->sent_handles, "delete");
	l->sent = l->wanted;
	return true;
}

static void put_clear(FILE *out)
{
	static const char *const verbs[] = { "add", "delete" };

	for (unsigned k = 0; k < 2; k++)
		fprintf(out, "%s{\"%s\":{\"table\":{\"family\":\"inet\",\"name\":\"" FILTER_TABLE "\"}}}", k ? "," : "",
			verbs[k]);
}

static bool put_changes(struct router *r, FILE *out, const char *uses)
{
	struct filter *f = r->filter;
	struct filter_list *l;
	bool any = false;

	f->full = !f->table;
	fprintf(out, "{\"nftables\":[");
	TAILQ_FOREACH (l, &f->lists, link)
		any |= l->wanted != 0;
	if (f->full || !any) {
		put_clear(out);
		f->full = true;
		TAILQ_FOREACH (l, &f->lists, link)
			l->sent = 0; /* until it is put below */
		if (any)
			filter_rules_base(out);
	} else {
		fprintf(out, "{\"add\":{\"table\":{\"family\":\"inet\",\"name\":\"" FILTER_TABLE "\"}}}");
		filter_rules_flush(out);
	}
	TAILQ_FOREACH (l, &f->lists, link)
		if ((f->full ? l->wanted != 0 : l->wanted != l->installed) && !put_list(r, out, l, f->full))
			return false;
	fprintf(out, "%s]}\n", uses);
	return true;
}

static char *transaction(struct router *r, const char *uses, size_t *octets)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, octets);
	bool ok;

	if (!out)
		return NULL;
	ok = put_changes(r, out, uses);
	if (fclose(out) || !ok) {
		free(text);
		return NULL;
	}
	return text;
}

static const struct timeval limit = { .tv_sec = NFT_WAIT_MS / 1000 };

static void on_done(evutil_socket_t fd, short what, void *ctx)
{
	struct router *r = ctx;
	struct filter *f;

	(void)fd;
	control_lock_take_first(&r->lock);
	f = r->filter;
	if (f->run.pid && (nft_listen(&f->run) || (what & EV_TIMEOUT))) {
		sent_is_over(r, nft_end(&f->run, what & EV_TIMEOUT ? 0 : -1));
		router_apply(r);
	} else if (f->run.pid) {
		event_add(f->done, &limit);
	}
	router_unlock(r);
}

static bool watch(struct router *r)
{
	struct filter *f = r->filter;

	f->done = event_new(r->base, f->run.fd, EV_READ, on_done, r);
	return f->done && !event_add(f->done, &limit);
}

static void forget_sent(struct filter *f)
{
	if (f->done)
		event_free(f->done);
	f->done = NULL;
	free(f->sent_uses);
	f->sent_uses = NULL;
}

static void drop_list(struct filter *f, struct filter_list *l)
{
	TAILQ_REMOVE(&f->lists, l, link);
	drop_handles(&l->installed_handles);
	drop_handles(&l->sent_handles);
	free(l);
}

/* What was sent is in force: lists that are not used any more go. */
static void take_over(struct router *r)
{
	struct filter *f = r->filter;
	struct filter_list *l, *next;
	struct iface *i;
	bool any = false;

	TAILQ_FOREACH (i, &r->ifaces, link)
		i->filter_installed = i->filter_sent;
	for (l = TAILQ_FIRST(&f->lists); l; l = next) {
		next = TAILQ_NEXT(l, link);
		if (f->full || l->sent != l->installed) {
			drop_handles(&l->installed_handles);
			l->installed_handles = l->sent_handles;
			l->sent_handles = (struct handles){ 0 };
			l->installed = l->sent;
		}
		any |= l->installed != 0;
		if (!l->installed && !l->wanted)
			drop_list(f, l);
	}
	f->table = any;
	f->stale = false;
	free(f->uses);
	f->uses = f->sent_uses;
	f->sent_uses = NULL;
}

/* What the kernel has now is not known, but it is what it was or nothing: the next run begins with all of it. */
static void nothing_is_known(struct router *r)
{
	struct filter_list *l;
	struct iface *i;

	TAILQ_FOREACH (i, &r->ifaces, link)
		i->filter_installed = (struct filter_use){ 0 };
	TAILQ_FOREACH (l, &r->filter->lists, link) {
		drop_handles(&l->installed_handles);
		l->installed = 0;
	}
	free(r->filter->uses);
	r->filter->uses = NULL;
	r->filter->table = false;
	r->filter->stale = true;
}

static void sent_is_over(struct router *r, int rc)
{
	struct filter *f = r->filter;

	f->failed = rc != 0;
	if (!rc) {
		take_over(r);
	} else {
		if (rc == -ENOENT)
			snprintf(f->why, sizeof(f->why), "nft is not installed");
		else if (rc == -ETIMEDOUT)
			snprintf(f->why, sizeof(f->why), "nft does not answer");
		else
			snprintf(f->why, sizeof(f->why), "nft: %s", f->run.said[0] ? f->run.said : "refused");
		nothing_is_known(r);
	}
	forget_sent(f);
}

/* Takes uses. */
static void begin(struct router *r, char *uses)
{
	struct filter *f = r->filter;
	struct filter_list *l;
	struct iface *i;
	size_t octets;
	char *text;
	int rc;

	TAILQ_FOREACH (l, &f->lists, link) {
		l->sent = f->table ? l->installed : 0;
		drop_handles(&l->sent_handles);
	}
	text = transaction(r, uses, &octets);
	TAILQ_FOREACH (i, &r->ifaces, link)
		i->filter_sent = i->filter_wanted;
	f->sent_uses = uses;
	rc = text ? nft_begin(&f->run, text, octets, true) : -ENOMEM;
	free(text);
	if (rc)
		sent_is_over(r, rc);
	else if (!f->booted || !watch(r)) /* nobody is held up before the loop runs */
		sent_is_over(r, nft_end(&f->run, NFT_WAIT_MS));
}

static void tell_interfaces(struct router *r)
{
	struct filter *f = r->filter;
	struct iface *i;

	TAILQ_FOREACH (i, &r->ifaces, link) {
		const struct interface *c = iface_config(r, i);

		if (!filtered(i, c) || !i->device[0] || i->filter_refused)
			continue;
		if (in_force(i))
			i->filter = FILTER_IN_FORCE;
		else if (f->failed && !f->run.pid)
			hold(r, i, f->why);
		else if (i->filter != FILTER_HELD)
			i->filter = FILTER_WAITING;
	}
}

void filter_sync(struct router *r)
{
	char *uses = gather(r);
	struct filter *f = r->filter;
	bool changed;
	uint64_t sum;

	if (!f || !uses) {
		free(uses);
		return;
	}
	changed = f->stale || lists_differ(f) || strcmp(uses, f->uses ? f->uses : "") != 0;
	sum = sum_of(f, uses);
	if (changed && !f->run.pid && (!f->failed || f->retry || sum != f->failed_sum)) {
		f->retry = false;
		f->failed_sum = sum;
		begin(r, uses);
	} else {
		free(uses);
	}
	if (!changed)
		f->failed = false;
	tell_interfaces(r);
}

/* --- what the others ask ---- */

bool filter_in_force(struct router *r, const struct iface *i)
{
	return i->filter == FILTER_IN_FORCE || !filtered(i, iface_config(r, i));
}

bool filter_waiting(struct router *r, const struct iface *i)
{
	return !filter_in_force(r, i) && i->filter != FILTER_HELD;
}

void filter_start(struct router *r)
{
	/* It stays until the first transaction, which takes its place or takes it away. */
	if (netif_nft_table(FILTER_TABLE) != -ENOENT && filter_of(r))
		r->filter->stale = true;
}

void filter_booted(struct router *r)
{
	if (filter_of(r))
		r->filter->booted = true;
}

/* Somebody else may have flushed the ruleset; and what failed is tried again. */
void filter_tick(struct router *r)
{
	struct filter *f = r->filter;

	if (!f || f->run.pid)
		return;
	if (f->table && netif_nft_table(FILTER_TABLE) == -ENOENT) {
		log_syslog(r->log, LOG_SEV_ERRORS, "SEC", "FILTER",
			   "The table " FILTER_TABLE " of nftables is gone, it is made again");
		nothing_is_known(r);
		router_apply(r);
	} else if (f->failed) {
		f->retry = true;
		router_apply(r);
	}
}

void filter_release(struct router *r)
{
	static const char clear[] = "add table inet " FILTER_TABLE "\ndelete table inet " FILTER_TABLE "\n";
	struct filter *f = r->filter;

	filter_log_free(r);
	if (!f)
		return;
	if (f->run.pid)
		sent_is_over(r, nft_end(&f->run, NFT_WAIT_MS));
	forget_sent(f);
	if ((f->table || f->stale) && !nft_begin(&f->run, clear, strlen(clear), false))
		nft_end(&f->run, NFT_WAIT_MS);
	while (!TAILQ_EMPTY(&f->lists))
		drop_list(f, TAILQ_FIRST(&f->lists));
	free(f->uses);
	free(f);
	r->filter = NULL;
}
