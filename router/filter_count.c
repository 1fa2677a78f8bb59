/* What the packet filter has counted; see router.h. */
#include "router/filter_rules.h"
#include "router/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct counts {
	struct router_acl_count *at;
	size_t count, room;
};

static void note(void *ctx, const char *name, uint64_t packets)
{
	struct counts *c = ctx;
	struct router_acl_count *more;
	uint64_t handle;

	if (sscanf(name, "c%" SCNx64, &handle) != 1)
		return;
	if (c->count == c->room) {
		if (!(more = reallocarray(c->at, c->room * 2 + 64, sizeof(*more))))
			return;
		c->at = more;
		c->room = c->room * 2 + 64;
	}
	c->at[c->count++] = (struct router_acl_count){ handle, packets };
}

static int by_handle(const void *a, const void *b)
{
	const struct router_acl_count *x = a, *y = b;

	return x->handle < y->handle ? -1 : x->handle > y->handle;
}

size_t router_acl_counts(struct router_acl_count **out)
{
	struct counts c = { 0 };

	netif_nft_counters(FILTER_TABLE, note, &c);
	if (c.count)
		qsort(c.at, c.count, sizeof(*c.at), by_handle);
	*out = c.at;
	return c.count;
}

void router_acl_clear(const uint64_t *handles, size_t count)
{
	char name[FILTER_COUNTER_SIZE];

	for (size_t k = 0; k < count; k++)
		netif_nft_reset(FILTER_TABLE, filter_rules_counter_name(handles[k], name));
}
