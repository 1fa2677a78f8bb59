/* Sysctls and link states that the router changes, and what they were. */
#include "router/internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct held_sysctl *find(struct router *r, const char *path)
{
	struct held_sysctl *s;

	LIST_FOREACH (s, &r->sysctls, link)
		if (!strcmp(s->path, path))
			return s;
	return NULL;
}

void keep_sysctl(struct router *r, const char *value, const char *fmt, ...)
{
	char path[sizeof(((struct held_sysctl *)0)->path)];
	struct held_sysctl *s;
	bool known;
	va_list ap;
	int rc;

	va_start(ap, fmt);
	vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	s = find(r, path);
	known = s != NULL;
	if (known && !strcmp(s->value, value))
		return;
	if (!known && !(s = calloc(1, sizeof(*s))))
		return;
	snprintf(s->path, sizeof(s->path), "%s", path);
	rc = netif_sysctl_set(path, value, known ? NULL : s->old, known ? 0 : sizeof(s->old));
	if (rc < 0) {
		if (rc != -ENOENT)
			router_complain(r, "cannot set %s to %s: %s", path, value, strerror(-rc));
		if (!known)
			free(s);
		return;
	}
	snprintf(s->value, sizeof(s->value), "%s", value);
	if (!known)
		LIST_INSERT_HEAD(&r->sysctls, s, link);
}

static void restore(struct held_sysctl *s)
{
	netif_sysctl_set(s->path, s->old, NULL, 0);
	LIST_REMOVE(s, link);
	free(s);
}

void drop_sysctl(struct router *r, const char *fmt, ...)
{
	char path[sizeof(((struct held_sysctl *)0)->path)];
	struct held_sysctl *s;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	if ((s = find(r, path)))
		restore(s);
}

void forget_sysctls(struct router *r, const char *device)
{
	struct held_sysctl *s, *next;
	char part[32];

	snprintf(part, sizeof(part), "/conf/%s/", device);
	for (s = LIST_FIRST(&r->sysctls); s; s = next) {
		next = LIST_NEXT(s, link);
		if (!strstr(s->path, part))
			continue;
		LIST_REMOVE(s, link);
		free(s);
	}
}

/* There is no message for most of them. */
void keep_tick(struct router *r)
{
	struct held_sysctl *s;
	char found[sizeof(s->old)];
	bool any = false;

	LIST_FOREACH (s, &r->sysctls, link) {
		if (netif_sysctl_set(s->path, s->value, found, sizeof(found)) < 0 || !strcmp(found, s->value))
			continue;
		any = true;
		log_syslog(r->log, LOG_SEV_WARNINGS, "SYS", "NETIF",
			   "%s was set to %s by another program, it is %s again", s->path, found, s->value);
	}
	if (!any)
		return;
	tunnel_forwarding(r); /* `all` sets it of each */
	router_apply(r);
}

const struct held_link *kept_link(const struct router *r, int ifindex)
{
	const struct held_link *h;

	LIST_FOREACH (h, &r->links, link)
		if (h->ifindex == ifindex)
			return h;
	return NULL;
}

void keep_link(struct router *r, const struct netif_link *l)
{
	struct held_link *h;

	if (kept_link(r, l->ifindex) || !(h = calloc(1, sizeof(*h))))
		return;
	*h = (struct held_link){ .ifindex = l->ifindex, .up = l->up, .mtu = l->mtu };
	LIST_INSERT_HEAD(&r->links, h, link);
}

void keep_release(struct router *r)
{
	struct netif_link now;

	while (!LIST_EMPTY(&r->links)) {
		struct held_link *h = LIST_FIRST(&r->links);

		if (!netif_link_get_index(r->netif, h->ifindex, &now)) {
			if (now.mtu != h->mtu)
				netif_link_set_mtu(r->netif, h->ifindex, h->mtu);
			if (now.up != h->up)
				netif_link_set_up(r->netif, h->ifindex, h->up);
		}
		LIST_REMOVE(h, link);
		free(h);
	}
	/* After the links: a link that came up by itself would not have made the addresses that a sysctl brings back. */
	while (!LIST_EMPTY(&r->sysctls))
		restore(LIST_FIRST(&r->sysctls));
}
