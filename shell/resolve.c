/* The router's own table first, then each server in turn; a name without a dot is tried with the domains behind it. */
#include "shell/resolve.h"

#include "shell/dns.h"
#include "shell/show.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NAMES 8

/* What the running-config says of it, copied under the lock. */
struct search {
	char names[NAMES][SYSTEM_TEXT_SIZE + CONFIG_TEXT_SIZE]; /* in the order in which they are tried */
	unsigned name_count;
	struct ip_addr servers[NAME_SERVERS];
	unsigned server_count;
	bool lookup;
};

static void add_name(struct search *q, const char *name, const char *domain)
{
	if (q->name_count < NAMES)
		snprintf(q->names[q->name_count++], sizeof(q->names[0]), "%s%s%s", name, domain ? "." : "",
			 domain ? domain : "");
}

static void plan(const struct config *c, const char *name, struct search *q)
{
	const struct domain *d;

	q->lookup = !c->no_domain_lookup;
	q->server_count = c->system.name_server_count;
	memcpy(q->servers, c->system.name_servers, sizeof(q->servers));
	if (strchr(name, '.'))
		add_name(q, name, NULL);
	/* the list stands in place of the one name */
	if (!TAILQ_EMPTY(&c->system.domains)) {
		TAILQ_FOREACH (d, &c->system.domains, link)
			add_name(q, name, d->name);
	} else if (c->domain_name[0]) {
		add_name(q, name, c->domain_name);
	}
	if (!strchr(name, '.'))
		add_name(q, name, NULL);
}

static bool pick(const struct ip_addr *addresses, size_t count, unsigned family, struct ip_addr *out)
{
	for (size_t i = 0; i < count; i++)
		if (!family || addresses[i].family == family) {
			*out = addresses[i];
			return true;
		}
	return false;
}

/* `ip host`: the name as it is, or with a domain behind it. */
static bool in_table(const struct config *c, const struct search *q, const char *name, unsigned family,
		     struct ip_addr *out)
{
	const struct host_entry *h;

	TAILQ_FOREACH (h, &c->system.hosts, link) {
		bool same = !strcasecmp(h->name, name);

		for (unsigned i = 0; i < q->name_count; i++)
			same |= !strcasecmp(h->name, q->names[i]);
		if (same && pick(h->addresses, h->count, family, out))
			return true;
	}
	return false;
}

static bool is_name(const char *name)
{
	if (strlen(name) >= SYSTEM_TEXT_SIZE || !isalnum((unsigned char)name[0]))
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr("-_.", *name))
			return false;
	return true;
}

static enum dns_verdict ask_server(const struct search *q, const struct ip_addr *server, unsigned family,
				   int interrupt_fd, struct ip_addr *out)
{
	enum dns_verdict verdict = DNS_SILENT;
	struct ip_addr found[DNS_ADDRESSES];
	size_t count;

	for (unsigned n = 0; n < q->name_count; n++)
		for (unsigned f = 4; f <= 6; f += 2) {
			if (family && family != f)
				continue;
			verdict = dns_ask(server, 0, q->names[n], f, interrupt_fd, found, &count);
			if (verdict == DNS_ANSWERED)
				*out = found[0];
			if (verdict != DNS_UNKNOWN)
				return verdict;
		}
	return verdict;
}

/* IOS prints each server as it turns to it, and [OK] behind the one that knew. */
static bool ask_servers(struct session *s, const struct search *q, unsigned family, struct ip_addr *out)
{
	static const struct ip_addr broadcast = { 0 };
	unsigned servers = q->server_count ? q->server_count : 1;
	int interrupt_fd = session_interrupt_fd(s);
	enum dns_verdict verdict = DNS_SILENT;
	char text[IP_TEXT_SIZE] = "255.255.255.255";

	session_text(s, "...domain server");
	for (unsigned i = 0; i < servers && verdict != DNS_ANSWERED && verdict != DNS_INTERRUPTED; i++) {
		if (q->server_count)
			ip_text(&q->servers[i], text);
		session_text(s, " (%s)", text);
		verdict = ask_server(q, q->server_count ? &q->servers[i] : &broadcast, family, interrupt_fd, out);
	}
	session_text(s, "%s\r\n", verdict == DNS_ANSWERED ? " [OK]" : "");
	return verdict == DNS_ANSWERED;
}

bool resolve_host(struct session *s, const char *name, unsigned family, struct ip_addr *out)
{
	struct ip_addr found;
	struct search *q;
	bool known;

	if (ip_parse(name, &found)) {
		*out = found;
		return !family || found.family == family;
	}
	if (!is_name(name) || !(q = calloc(1, sizeof(*q))))
		return false;
	show_lock(s);
	plan(session_config(s), name, q);
	known = in_table(session_config(s), q, name, family, &found);
	show_unlock(s);
	if (!known) {
		session_text(s, "Translating \"%s\"", name);
		if (q->lookup)
			known = ask_servers(s, q, family, &found);
		else
			session_text(s, "\r\n");
	}
	if (known)
		*out = found;
	free(q);
	return known;
}

/* --- the other way round ---- */

static bool name_in_table(const struct config *c, const struct ip_addr *address, char *out, size_t size)
{
	const struct host_entry *h;

	TAILQ_FOREACH (h, &c->system.hosts, link)
		for (unsigned i = 0; i < h->count; i++)
			if (ip_equal(&h->addresses[i], address)) {
				snprintf(out, size, "%s", h->name);
				return true;
			}
	return false;
}

bool resolve_name(struct session *s, const struct ip_addr *address, bool *silent, char *out, size_t size)
{
	struct ip_addr servers[NAME_SERVERS];
	const struct config *c = session_config(s);
	enum dns_verdict verdict = DNS_SILENT;
	char name[DNS_NAME_SIZE];
	unsigned count = 0;
	bool known;

	show_lock(s);
	known = name_in_table(c, address, out, size);
	if (!known && !c->no_domain_lookup && !*silent) {
		count = c->system.name_server_count;
		memcpy(servers, c->system.name_servers, sizeof(servers));
	}
	show_unlock(s);
	for (unsigned i = 0; i < count && verdict == DNS_SILENT; i++)
		verdict = dns_ask_name(&servers[i], 0, address, session_interrupt_fd(s), name);
	*silent |= count && verdict == DNS_SILENT;
	if (verdict == DNS_ANSWERED)
		snprintf(out, size, "%s", name);
	return known || verdict == DNS_ANSWERED;
}
