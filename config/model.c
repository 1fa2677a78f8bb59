/*
 * Objects of the running-config: create with IOS's defaults, find, remove, keep the order of printing. Objects with
 * secrets are wiped before their memory goes back.
 */
#include "config/model.h"

#include "config/free.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A kept line may hold a secret (username, enable, password). */
static void kept_free(struct kept_line *k)
{
	config_kept_clear(&k->children);
	free_wiped(k->text, strlen(k->text));
	free(k);
}

struct kept_line *config_kept_add(struct kept_list *list, const char *text, unsigned line, bool harmless, int rank)
{
	struct kept_line *k = calloc(1, sizeof(*k));

	if (!k || !(k->text = strdup(text))) {
		free(k);
		return NULL;
	}
	k->line = line;
	k->harmless = harmless;
	k->rank = rank;
	TAILQ_INIT(&k->children);
	TAILQ_INSERT_TAIL(list, k, link);
	return k;
}

struct kept_line *config_kept_find(const struct kept_list *list, const char *text)
{
	struct kept_line *k;

	TAILQ_FOREACH (k, list, link)
		if (!strcmp(k->text, text))
			return k;
	return NULL;
}

bool config_kept_remove(struct kept_list *list, const char *text)
{
	struct kept_line *k = config_kept_find(list, text);

	if (!k)
		return false;
	TAILQ_REMOVE(list, k, link);
	kept_free(k);
	return true;
}

void config_kept_clear(struct kept_list *list)
{
	struct kept_line *k;

	while ((k = TAILQ_FIRST(list))) {
		TAILQ_REMOVE(list, k, link);
		kept_free(k);
	}
}

static bool kept_copy(struct kept_list *to, const struct kept_list *from)
{
	const struct kept_line *k;
	struct kept_line *copy;

	TAILQ_FOREACH (k, from, link) {
		copy = config_kept_add(to, k->text, k->line, k->harmless, k->rank);
		if (!copy || !kept_copy(&copy->children, &k->children))
			return false;
	}
	return true;
}

struct config *config_new(void)
{
	struct config *c = calloc(1, sizeof(*c));

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
	TAILQ_INIT(&c->kept);
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
	while (!TAILQ_EMPTY(&c->routes)) {
		struct static_route *r = TAILQ_FIRST(&c->routes);

		TAILQ_REMOVE(&c->routes, r, link);
		free(r);
	}
	while (!TAILQ_EMPTY(&c->lines))
		config_line_remove(c, TAILQ_FIRST(&c->lines));
	config_kept_clear(&c->kept);
	config_acls_free(&c->acls);
	config_acls_free(&c->acls6);
	config_access_free(&c->access);
	config_system_free(&c->system);
	free_wiped(c, sizeof(*c));
}

/* --- interfaces and routes ---- */

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
	TAILQ_INIT(&i->kept);
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

bool config_ip_insert(struct interface *i, unsigned at, const struct if_address4 *a)
{
	struct if_address4 *more = reallocarray(i->ip, i->ip_count + 1, sizeof(*more));

	if (!more)
		return false;
	i->ip = more;
	memmove(&more[at + 1], &more[at], (i->ip_count - at) * sizeof(*more));
	more[at] = *a;
	i->ip_count++;
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

/* IPv4 before IPv6, then by address, length and distance. */
static int route_compare(const struct static_route *a, const struct static_route *b)
{
	int diff = (int)a->prefix.addr.family - (int)b->prefix.addr.family;

	if (!diff)
		diff = memcmp(a->prefix.addr.octets, b->prefix.addr.octets, sizeof(a->prefix.addr.octets));
	if (!diff)
		diff = (int)a->prefix.len - (int)b->prefix.len;
	return diff ? diff : (int)a->distance - (int)b->distance;
}

static bool route_same_way(const struct static_route *a, const struct static_route *b)
{
	return a->prefix.len == b->prefix.len && ip_equal(&a->prefix.addr, &b->prefix.addr) &&
	       ip_equal(&a->via, &b->via) && !strcmp(a->ifname, b->ifname);
}

struct static_route *config_route_add(struct config *c, const struct static_route *r)
{
	struct static_route *n = calloc(1, sizeof(*n)), *at, *next;

	if (!n)
		return NULL;
	/* The same way once more only changes its distance, tag and name. */
	for (at = TAILQ_FIRST(&c->routes); at; at = next) {
		next = TAILQ_NEXT(at, link);
		if (route_same_way(at, r)) {
			TAILQ_REMOVE(&c->routes, at, link);
			free(at);
		}
	}
	*n = *r;
	TAILQ_FOREACH (at, &c->routes, link)
		if (route_compare(at, n) > 0)
			break;
	if (at)
		TAILQ_INSERT_BEFORE(at, n, link);
	else
		TAILQ_INSERT_TAIL(&c->routes, n, link);
	return n;
}

/* What `no ip route` left out matches anything: next hop, interface, distance. */
static bool route_matches(const struct static_route *r, const struct static_route *m)
{
	return r->prefix.len == m->prefix.len && ip_equal(&r->prefix.addr, &m->prefix.addr) &&
	       (!m->via.family || ip_equal(&r->via, &m->via)) && (!m->ifname[0] || !strcmp(r->ifname, m->ifname)) &&
	       (!m->distance || r->distance == m->distance);
}

unsigned config_route_remove(struct config *c, const struct static_route *match)
{
	struct static_route *r, *next;
	unsigned removed = 0;

	for (r = TAILQ_FIRST(&c->routes); r; r = next) {
		next = TAILQ_NEXT(r, link);
		if (!route_matches(r, match))
			continue;
		TAILQ_REMOVE(&c->routes, r, link);
		free(r);
		removed++;
	}
	return removed;
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
	struct line_config *l = calloc(1, sizeof(*l));

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
		.login = kind == LINE_VTY ? LINE_LOGIN_PASSWORD : LINE_LOGIN_NONE,
	};
	TAILQ_INIT(&l->kept);
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
	TAILQ_INIT(&l->kept);
	return kept_copy(&l->kept, &from->kept) ? l : NULL;
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
	free_wiped(l, sizeof(*l));
}
