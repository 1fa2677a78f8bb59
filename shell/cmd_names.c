/* Names of hosts: ip host, ipv6 host, ip name-server, ip domain list, show hosts. */
#include "shell/commands.h"
#include "shell/commands_show.h"
#include "shell/running.h"
#include "shell/show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- ip host, ipv6 host ---- */

static struct host_entry *find_host(struct config_system *y, const char *name)
{
	struct host_entry *h;

	TAILQ_FOREACH (h, &y->hosts, link)
		if (!strcasecmp(h->name, name))
			return h;
	return NULL;
}

static void drop_family(struct host_entry *h, unsigned family)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < h->count; i++)
		if (h->addresses[i].family != family)
			h->addresses[kept++] = h->addresses[i];
	h->count = kept;
}

/* Words of addresses into out; false: one is none, or too many. */
static bool parse_addresses(const char *text, unsigned family, struct ip_addr *out, unsigned room, unsigned *count)
{
	char copy[512], *save;

	if (strlen(text) >= sizeof(copy))
		return false;
	snprintf(copy, sizeof(copy), "%s", text);
	*count = 0;
	for (char *p = strtok_r(copy, " ", &save); p; p = strtok_r(NULL, " ", &save)) {
		struct ip_addr a;

		if (*count == room || !ip_parse(p, &a) || (family && a.family != family))
			return false;
		out[(*count)++] = a;
	}
	return *count;
}

static enum cmd_result set_host(struct session *s, const struct cmd_match *m)
{
	struct config_system *y = &session_config(s)->system;
	const char *name = cmd_text(m, "host"), *text = cmd_text(m, "addresses");
	unsigned family = (unsigned)cmd_of(m)->arg, count = 0;
	struct host_entry *h = find_host(y, name);
	struct ip_addr addresses[HOST_ADDRESSES];

	if (cmd_is_no(m)) {
		if (h)
			drop_family(h, family);
		if (h && !h->count) {
			TAILQ_REMOVE(&y->hosts, h, link);
			free(h);
		}
		return CMD_OK;
	}
	if (strlen(name) >= sizeof(h->name) || !parse_addresses(text, family, addresses, HOST_ADDRESSES, &count)) {
		session_line(s, "%% Invalid address list");
		return CMD_REJECTED;
	}
	if (!h) {
		if (!(h = calloc(1, sizeof(*h)))) {
			session_line(s, "%% Not enough memory");
			return CMD_REJECTED;
		}
		snprintf(h->name, sizeof(h->name), "%s", name);
		TAILQ_INSERT_TAIL(&y->hosts, h, link);
	}
	drop_family(h, family);
	for (unsigned i = 0; i < count && h->count < HOST_ADDRESSES; i++)
		h->addresses[h->count++] = addresses[i];
	return CMD_OK;
}

/* --- ip name-server, ip domain list ---- */

static enum cmd_result set_name_server(struct session *s, const struct cmd_match *m)
{
	struct config_system *y = &session_config(s)->system;
	const char *text = cmd_text(m, "addresses");
	struct ip_addr addresses[NAME_SERVERS];
	unsigned count = 0;

	if (!text) { /* `no ip name-server` */
		y->name_server_count = 0;
		return CMD_OK;
	}
	if (!parse_addresses(text, 0, addresses, NAME_SERVERS, &count)) {
		session_line(s, "%% Invalid address list");
		return CMD_REJECTED;
	}
	for (unsigned i = 0; i < count; i++) {
		unsigned at = 0;

		while (at < y->name_server_count && !ip_equal(&y->name_servers[at], &addresses[i]))
			at++;
		if (cmd_is_no(m) && at < y->name_server_count) {
			memmove(y->name_servers + at, y->name_servers + at + 1,
				(y->name_server_count - at - 1) * sizeof(y->name_servers[0]));
			y->name_server_count--;
		} else if (!cmd_is_no(m) && at == y->name_server_count) {
			if (at == NAME_SERVERS) {
				session_line(s, "%% Name-server table is full; %s not added", text);
				return CMD_REJECTED;
			}
			y->name_servers[y->name_server_count++] = addresses[i];
		}
	}
	return CMD_OK;
}

static enum cmd_result set_domain_list(struct session *s, const struct cmd_match *m)
{
	struct config_system *y = &session_config(s)->system;
	const char *name = cmd_text(m, "domain");
	struct domain *d;

	TAILQ_FOREACH (d, &y->domains, link)
		if (!strcasecmp(d->name, name))
			break;
	if (cmd_is_no(m)) {
		if (d)
			TAILQ_REMOVE(&y->domains, d, link);
		free(d);
		return CMD_OK;
	}
	if (d)
		return CMD_OK;
	if (strlen(name) >= sizeof(d->name) || !(d = calloc(1, sizeof(*d)))) {
		session_line(s, "%% Domain name is longer than %zu characters", sizeof(d->name) - 1);
		return CMD_REJECTED;
	}
	snprintf(d->name, sizeof(d->name), "%s", name);
	TAILQ_INSERT_TAIL(&y->domains, d, link);
	return CMD_OK;
}

/* --- writing ---- */

static void write_host(struct out *o, const struct host_entry *h, unsigned family)
{
	char line[HOST_ADDRESSES * IP_TEXT_SIZE + 1] = "", text[IP_TEXT_SIZE];
	size_t n = 0;

	for (unsigned i = 0; i < h->count; i++)
		if (h->addresses[i].family == family)
			n += (size_t)snprintf(line + n, sizeof(line) - n, " %s", ip_text(&h->addresses[i], text));
	if (n)
		out_line(o, "%s host %s%s", family == 4 ? "ip" : "ipv6", h->name, line);
}

void write_names(struct out *o, const struct config *c)
{
	const struct host_entry *h;
	const struct domain *d;
	char text[IP_TEXT_SIZE];

	TAILQ_FOREACH (d, &c->system.domains, link)
		out_line(o, "ip domain list %s", d->name);
	for (unsigned family = 4; family <= 6; family += 2)
		TAILQ_FOREACH (h, &c->system.hosts, link)
			write_host(o, h, family);
	for (unsigned i = 0; i < c->system.name_server_count; i++)
		out_line(o, "ip name-server %s", ip_text(&c->system.name_servers[i], text));
}

/* --- show hosts ---- */

struct names {
	char domain[CONFIG_TEXT_SIZE];
	bool lookup;
	struct ip_addr servers[NAME_SERVERS];
	unsigned server_count;
	struct show_list domains, hosts;
};

static void gather(struct session *s, struct names *n)
{
	const struct config *c = session_config(s);
	const struct host_entry *h;
	const struct domain *d;

	show_lock(s);
	snprintf(n->domain, sizeof(n->domain), "%s", c->domain_name);
	n->lookup = !c->no_domain_lookup;
	n->server_count = c->system.name_server_count;
	memcpy(n->servers, c->system.name_servers, sizeof(n->servers));
	TAILQ_FOREACH (d, &c->system.domains, link) {
		struct domain *to = show_list_add(&n->domains);

		if (to)
			*to = *d;
	}
	TAILQ_FOREACH (h, &c->system.hosts, link) {
		struct host_entry *to = show_list_add(&n->hosts);

		if (to)
			*to = *h;
	}
	show_unlock(s);
}

static void print_servers(struct session *s, const struct names *n)
{
	char line[NAME_SERVERS * (IP_TEXT_SIZE + 2)] = "255.255.255.255", text[IP_TEXT_SIZE];
	size_t at = 0;

	for (unsigned i = 0; i < n->server_count; i++)
		at += (size_t)snprintf(line + at, sizeof(line) - at, "%s%s", i ? ", " : "",
				       ip_text(&n->servers[i], text));
	session_line(s, "Name servers are %s", line);
}

static void print_host(struct session *s, const struct host_entry *h)
{
	char text[IP_TEXT_SIZE];

	for (unsigned i = 0; i < h->count; i++)
		if (!i)
			session_line(s, "%-25s None  (perm, OK)  0   %-5s %s", h->name,
				     h->addresses[i].family == 6 ? "IPv6" : "IP", ip_text(&h->addresses[i], text));
		else
			session_line(s, "%47s %-5s %s", "", h->addresses[i].family == 6 ? "IPv6" : "IP",
				     ip_text(&h->addresses[i], text));
}

static void print_domain(struct session *s, const struct names *n)
{
	const struct domain *d = n->domains.items;
	char line[1024] = "";
	size_t at = 0;

	if (*n->domain)
		session_line(s, "Default domain is %s", n->domain);
	else
		session_line(s, "Default domain is not set");
	for (size_t i = 0; i < n->domains.count && at < sizeof(line); i++)
		at += (size_t)snprintf(line + at, sizeof(line) - at, "%s%s", i ? ", " : "", d[i].name);
	if (at)
		session_line(s, "Domain list: %s", line);
}

static enum cmd_result show_hosts(struct session *s, const struct cmd_match *m)
{
	struct names n = { .domains = SHOW_LIST(struct domain), .hosts = SHOW_LIST(struct host_entry) };
	const struct host_entry *h;

	gather(s, &n);
	print_domain(s, &n);
	if (!cmd_of(m)->arg)
		session_line(s, "Name/address lookup uses %s", n.lookup ? "domain service" : "static mappings");
	print_servers(s, &n);
	if (cmd_of(m)->arg) {
		session_line(s, "Local cache entries: %zu", n.hosts.count);
		session_line(s, "Dynamic cache entries: 0");
	} else {
		show_blank(s);
		session_line(s, "Codes: UN - unknown, EX - expired, OK - OK, ?? - revalidate\n"
				"       temp - temporary, perm - permanent\n"
				"       NA - Not Applicable None - Not defined\n"
				"\n"
				"Host                      Port  Flags      Age Type   Address(es)");
		h = n.hosts.items;
		for (size_t i = 0; i < n.hosts.count; i++)
			print_host(s, &h[i]);
	}
	show_list_free(&n.domains);
	show_list_free(&n.hosts);
	return CMD_OK;
}

/* --- the tables ---- */

#define IP   KW("ip", "Global IP configuration subcommands")
#define IPV6 KW("ipv6", "Global IPv6 configuration commands")

static const struct cmd config_cmds[] = {
	{ MODE_CONFIG,
	  15,
	  CMD_NO | CMD_NO_SHORT,
	  { IP, KW("host", "Add an entry to the ip hostname table"), WORD("host", "Name of host"),
	    LINE("addresses", "Host IP address") },
	  set_host,
	  4 },
	{ MODE_CONFIG,
	  15,
	  CMD_NO | CMD_NO_SHORT | CMD_ONLY_NO | CMD_HIDDEN,
	  { IP, KW("host", "Add an entry to the ip hostname table"), WORD("host", "Name of host") },
	  set_host,
	  4 },
	{ MODE_CONFIG,
	  15,
	  CMD_NO | CMD_NO_SHORT,
	  { IPV6, KW("host", "Configure static hostnames"), WORD("host", "Name of host"),
	    LINE("addresses", "Host IPv6 address") },
	  set_host,
	  6 },
	{ MODE_CONFIG,
	  15,
	  CMD_NO | CMD_NO_SHORT | CMD_ONLY_NO | CMD_HIDDEN,
	  { IPV6, KW("host", "Configure static hostnames"), WORD("host", "Name of host") },
	  set_host,
	  6 },
	{ MODE_CONFIG,
	  15,
	  CMD_NO | CMD_NO_SHORT,
	  { IP, KW("name-server", "Specify address of name server to use"),
	    LINE("addresses", "Domain server IP address (maximum of 6)") },
	  set_name_server },
	{ MODE_CONFIG,
	  15,
	  CMD_NO,
	  { IP, KW("domain", "IP DNS Resolver"), KW("list", "Domain name to complete unqualified host names."),
	    WORD("domain", "A domain name") },
	  set_domain_list },
	{ MODE_CONFIG,
	  15,
	  CMD_NO,
	  { IP, KW("domain-list", "Domain name to complete unqualified host names."), WORD("domain", "A domain name") },
	  set_domain_list },
};

const struct cmd_table cmd_names_table = CMD_TABLE(config_cmds);

#define SHOW_HOSTS                                                                                                     \
	KW("show", "Show running system information"),                                                                 \
		KW("hosts", "IP domain-name, lookup style, nameservers, and host table")

static const struct cmd exec_cmds[] = {
	{ MODE_EXEC, 1, CMD_UNLOCKED, { SHOW_HOSTS }, show_hosts },
	{ MODE_EXEC, 1, CMD_UNLOCKED, { SHOW_HOSTS, KW("summary", "Summary of the host table") }, show_hosts, 1 },
};

const struct cmd_table cmd_show_hosts_table = CMD_TABLE(exec_cmds);
