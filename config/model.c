/*
 * Objects of the running-config: create with IOS's defaults, find, remove, keep the order of printing. Objects with
 * secrets are wiped before their memory goes back.
 */
#include "config/model.h"

#include "config/free.h"
#include "base/locked.h"
#include "config/moved.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct config *config_new(void)
{
	struct config *c = locked_calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	snprintf(c->hostname, sizeof(c->hostname), "%s", CONFIG_HOSTNAME_DEFAULT);
	c->logging = (struct log_settings){
		.debug_stamp = { .kind = LOG_STAMP_DATETIME, .msec = true },
		.log_stamp = { .kind = LOG_STAMP_DATETIME, .msec = true },
		.console_level = LOG_SEV_DEBUGGING,
		.monitor_level = LOG_SEV_DEBUGGING,
		.buffer_level = LOG_SEV_DEBUGGING,
		.buffer_octets = LOG_BUFFER_DEFAULT,
		.trap_level = LOG_SEV_INFORMATIONAL,
	};
	c->ipsec_lifetime_s = IPSEC_LIFETIME_DEFAULT_S;
	c->ipsec_lifetime_kb = IPSEC_LIFETIME_DEFAULT_KB;
	c->replay_window = IPSEC_REPLAY_DEFAULT;
	TAILQ_INIT(&c->policies);
	TAILQ_INIT(&c->keys);
	TAILQ_INIT(&c->keyrings);
	TAILQ_INIT(&c->isakmp_profiles);
	TAILQ_INIT(&c->isakmp_peers);
	TAILQ_INIT(&c->transform_sets);
	TAILQ_INIT(&c->profiles);
	TAILQ_INIT(&c->interfaces);
	TAILQ_INIT(&c->routes);
	TAILQ_INIT(&c->lines);
	config_kept_init(&c->kept);
	TAILQ_INIT(&c->acls);
	TAILQ_INIT(&c->acls6);
	config_access_init(&c->access);
	config_system_init(&c->system);
	if (!config_line_get(c, LINE_CON, 0, 0) || !config_line_get(c, LINE_AUX, 0, 0) ||
	    !config_line_get(c, LINE_VTY, 0, 4)) {
		config_free(c);
		return NULL;
	}
	return c;
}

void config_free(struct config *c)
{
	if (!c)
		return;
	while (!TAILQ_EMPTY(&c->policies))
		config_policy_remove(c, TAILQ_FIRST(&c->policies));
	while (!TAILQ_EMPTY(&c->keys))
		config_key_drop(&c->keys, TAILQ_FIRST(&c->keys));
	while (!TAILQ_EMPTY(&c->keyrings))
		config_keyring_remove(c, TAILQ_FIRST(&c->keyrings));
	while (!TAILQ_EMPTY(&c->isakmp_profiles))
		config_isakmp_profile_remove(c, TAILQ_FIRST(&c->isakmp_profiles));
	while (!TAILQ_EMPTY(&c->isakmp_peers))
		config_isakmp_peer_remove(c, TAILQ_FIRST(&c->isakmp_peers));
	while (!TAILQ_EMPTY(&c->transform_sets))
		config_transform_set_remove(c, TAILQ_FIRST(&c->transform_sets));
	while (!TAILQ_EMPTY(&c->profiles))
		config_profile_remove(c, TAILQ_FIRST(&c->profiles));
	while (!TAILQ_EMPTY(&c->interfaces))
		config_interface_remove(c, TAILQ_FIRST(&c->interfaces));
	config_routes_free(c);
	while (!TAILQ_EMPTY(&c->lines))
		config_line_remove(c, TAILQ_FIRST(&c->lines));
	config_kept_clear(&c->kept);
	config_acls_free(&c->acls);
	config_acls_free(&c->acls6);
	config_access_free(&c->access);
	config_system_free(&c->system);
	locked_free(c, sizeof(*c));
}

/* The heads of lists are where the struct is; all else points from it. */
static void moved(struct config *c)
{
	LIST_MOVED(&c->policies);
	LIST_MOVED(&c->keys);
	LIST_MOVED(&c->keyrings);
	LIST_MOVED(&c->isakmp_profiles);
	LIST_MOVED(&c->isakmp_peers);
	LIST_MOVED(&c->transform_sets);
	LIST_MOVED(&c->profiles);
	LIST_MOVED(&c->interfaces);
	LIST_MOVED(&c->routes);
	LIST_MOVED(&c->lines);
	LIST_MOVED(&c->acls);
	LIST_MOVED(&c->acls6);
	LIST_MOVED(&c->kept);
	config_access_moved(&c->access);
	config_system_moved(&c->system);
}

void config_swap(struct config *a, struct config *b)
{
	struct config between = *a;

	*a = *b;
	*b = between;
	moved(a);
	moved(b);
	wipe(&between, sizeof(between));
}

/* --- interfaces ---- */

struct interface *config_interface_find(struct config *c, const char *name)
{
	struct interface *i;

	HASH_FIND_STR(c->interface_names, name, i);
	return i;
}

struct interface *config_interface_get(struct config *c, const char *name)
{
	struct interface *i = config_interface_find(c, name), *before;

	if (i || !(i = calloc(1, sizeof(*i))))
		return i;
	if (!ifname_canonical(name, i->name, &i->type))
		snprintf(i->name, sizeof(i->name), "%s", name);
	config_kept_init(&i->kept);
	i->description = text_new("");
	HASH_ADD_STR(c->interface_names, name, i);
	if (!hash_has(&i->hh)) {
		free(i);
		return NULL;
	}
	/* a configuration names them in order */
	TAILQ_FOREACH_REVERSE(before, &c->interfaces, interface_list, link)
	if (ifname_compare(before->name, i->name) < 0)
		break;
	if (before)
		TAILQ_INSERT_AFTER(&c->interfaces, before, i, link);
	else
		TAILQ_INSERT_HEAD(&c->interfaces, i, link);
	return i;
}

void config_interface_remove(struct config *c, struct interface *i)
{
	TAILQ_REMOVE(&c->interfaces, i, link);
	HASH_DELETE(hh, c->interface_names, i);
	config_interface_clear(i);
	free(i);
}

void config_interface_clear(struct interface *i)
{
	config_kept_clear(&i->kept);
	text_drop(i->description);
	free(i->ip);
	free(i->ipv6);
	i->description = text_new("");
	i->ip = NULL;
	i->ipv6 = NULL;
	i->ip_count = i->ipv6_count = 0;
}

/*
 * A route's next hop may be none of our own addresses, and there are many of both. A bit stands for the addresses that an
 * interface has, or had: what has none is nobody's, and all interfaces are asked about the few others.
 */
static unsigned own_bit(const struct ip_addr *a)
{
	uint32_t hash = 0;

	for (unsigned k = 0; k < 4; k++)
		hash = hash << 8 | a->octets[k];
	return hash * UINT32_C(2654435761) / (UINT32_MAX / OWN_ADDRESS_BITS + 1);
}

bool config_is_own_address(const struct config *c, const struct ip_addr *a)
{
	const struct interface *i;
	unsigned bit;

	if (a->family != 4)
		return false;
	bit = own_bit(a);
	if (!(c->own_addresses[bit / 8] >> bit % 8 & 1))
		return false;
	TAILQ_FOREACH (i, &c->interfaces, link)
		for (unsigned k = 0; k < i->ip_count; k++)
			if (ip_equal(&i->ip[k].prefix.addr, a))
				return true;
	return false;
}

bool config_ip_insert(struct config *c, struct interface *i, unsigned at, const struct if_address4 *a)
{
	const unsigned bit = own_bit(&a->prefix.addr);
	struct if_address4 *more = reallocarray(i->ip, i->ip_count + 1, sizeof(*more));

	if (!more)
		return false;
	i->ip = more;
	memmove(&more[at + 1], &more[at], (i->ip_count - at) * sizeof(*more));
	more[at] = *a;
	i->ip_count++;
	c->own_addresses[bit / 8] |= (uint8_t)(1u << bit % 8);
	return true;
}

void config_ip_remove(struct interface *i, unsigned at)
{
	i->ip_count--;
	memmove(&i->ip[at], &i->ip[at + 1], (i->ip_count - at) * sizeof(*i->ip));
}

bool config_ipv6_insert(struct interface *i, unsigned at, const struct if_address6 *a)
{
	struct if_address6 *more = reallocarray(i->ipv6, i->ipv6_count + 1, sizeof(*more));

	if (!more)
		return false;
	i->ipv6 = more;
	memmove(&more[at + 1], &more[at], (i->ipv6_count - at) * sizeof(*more));
	more[at] = *a;
	i->ipv6_count++;
	return true;
}

void config_ipv6_remove(struct interface *i, unsigned at)
{
	i->ipv6_count--;
	memmove(&i->ipv6[at], &i->ipv6[at + 1], (i->ipv6_count - at) * sizeof(*i->ipv6));
}

/* --- lines ---- */

/* The list is ordered by kind, then by the first line. */
static void line_insert(struct config *c, struct line_config *l)
{
	struct line_config *after;

	TAILQ_FOREACH (after, &c->lines, link)
		if (after->kind > l->kind || (after->kind == l->kind && after->first > l->first))
			break;
	if (after)
		TAILQ_INSERT_BEFORE(after, l, link);
	else
		TAILQ_INSERT_TAIL(&c->lines, l, link);
}

static struct line_config *line_new(struct config *c, enum line_kind kind, unsigned first, unsigned last)
{
	struct line_config *l = locked_calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	*l = (struct line_config){
		.kind = kind,
		.first = first,
		.last = last,
		.exec_timeout_min = LINE_EXEC_TIMEOUT_DEFAULT_MIN,
		.privilege = LINE_PRIVILEGE_DEFAULT,
		.length = LINE_LENGTH_DEFAULT,
		.width = LINE_WIDTH_DEFAULT,
		.history = LINE_HISTORY_DEFAULT,
		.synchronous_level = LINE_SYNCHRONOUS_DEFAULT,
		.login = kind == LINE_VTY ? LINE_LOGIN_PASSWORD : LINE_LOGIN_NONE,
	};
	config_kept_init(&l->kept);
	line_insert(c, l);
	return l;
}

/* A new range first..last with the settings of `from`. */
static struct line_config *line_copy(struct config *c, const struct line_config *from, unsigned first, unsigned last)
{
	struct line_config *l = line_new(c, from->kind, first, last), linked;

	if (!l)
		return NULL;
	linked = *l;
	*l = *from;
	l->link = linked.link;
	l->first = first;
	l->last = last;
	config_kept_init(&l->kept);
	return config_kept_copy(&l->kept, &from->kept) ? l : NULL;
}

/* Cuts off what of l lies outside first..last, as ranges of their own. */
static bool line_trim(struct config *c, struct line_config *l, unsigned first, unsigned last)
{
	if (l->last > last) {
		if (!line_copy(c, l, last + 1, l->last))
			return false;
		l->last = last;
	}
	if (l->first < first) {
		if (!line_copy(c, l, l->first, first - 1))
			return false;
		TAILQ_REMOVE(&c->lines, l, link);
		l->first = first;
		line_insert(c, l);
	}
	return true;
}

struct line_config *config_line_get(struct config *c, enum line_kind kind, unsigned first, unsigned last)
{
	struct line_config *l, *next, *result = NULL;

	for (l = TAILQ_FIRST(&c->lines); l; l = next) {
		next = TAILQ_NEXT(l, link);
		if (l->kind != kind || l->last < first || l->first > last)
			continue;
		if (!line_trim(c, l, first, last))
			return NULL;
		if (!result)
			result = l;
		else
			config_line_remove(c, l);
	}
	if (!result)
		return line_new(c, kind, first, last);
	result->first = first;
	result->last = last;
	return result;
}

void config_line_remove(struct config *c, struct line_config *l)
{
	TAILQ_REMOVE(&c->lines, l, link);
	config_kept_clear(&l->kept);
	locked_free(l, sizeof(*l));
}
