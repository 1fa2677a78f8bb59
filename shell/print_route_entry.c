/* `show ip route A.B.C.D [M]`, `show ip route summary` and `show ipv6 route X:X::X`: one entry of the table in detail. */
#include "shell/print_ip.h"
#include "shell/show.h"

#include <stdio.h>
#include <string.h>

/* All routes of one prefix stand together. */
struct entry {
	const struct router_route *first;
	size_t count;
};

static struct entry entry_at(const struct router_route *routes, size_t count, size_t k)
{
	struct entry e = { &routes[k], 1 };

	while (k + e.count < count && print_same_prefix(&routes[k + e.count].prefix, &routes[k].prefix))
		e.count++;
	return e;
}

/* The longest prefix that holds `to`; the default route is none unless it is named itself. */
static struct entry longest(const struct router_route *routes, size_t count, const struct ip_addr *to)
{
	struct entry e = { 0 };

	for (size_t k = 0; k < count; k++)
		if (ip_in_prefix(to, &routes[k].prefix) && (!e.first || routes[k].prefix.len > e.first->prefix.len) &&
		    (routes[k].prefix.len || ip_is_zero(to) || to->family == 6))
			e = entry_at(routes, count, k);
	return e;
}

static struct entry exact(const struct router_route *routes, size_t count, const struct ip_prefix *prefix)
{
	for (size_t k = 0; k < count; k++)
		if (print_same_prefix(&routes[k].prefix, prefix))
			return entry_at(routes, count, k);
	return (struct entry){ 0 };
}

/* --- IPv4 ---- */

static unsigned classful_len(const struct ip_addr *a)
{
	uint8_t first = a->octets[0];

	return first < 128 ? 8 : first < 192 ? 16 : 24;
}

static void print_known(struct session *s, const struct router_route *t)
{
	const char *how = "";

	if (t->kind != ROUTE_STATIC) {
		session_line(s, "  Known via \"connected\", distance 0, metric 0 (connected, via interface)");
		return;
	}
	if (!t->via.family)
		how = " (connected)";
	else if (!t->prefix.len)
		how = ", candidate default path";
	session_line(s, "  Known via \"static\", distance %u, metric %u%s", t->distance, t->metric, how);
	if (t->tag)
		session_line(s, "  Tag %u", t->tag);
}

static void print_block(struct session *s, const struct router_route *t)
{
	char via[IP_TEXT_SIZE], mark = t->best ? '*' : ' ';

	if (!t->via.family)
		session_line(s, "  %c directly connected, via %s", mark, t->ifname);
	else
		session_line(s, "  %c %s%s%s", mark, ip_text(&t->via, via), *t->ifname ? ", via " : "", t->ifname);
	session_line(s, "      Route metric is %u, traffic share count is 1", t->metric);
	if (t->tag)
		session_line(s, "      Route tag %u", t->tag);
}

static void print_entry(struct session *s, struct entry e)
{
	const struct router_route *t = e.first;
	char addr[IP_TEXT_SIZE];

	session_line(s, "Routing entry for %s/%u%s", ip_text(&t->prefix.addr, addr), t->prefix.len,
		     t->prefix.len < classful_len(&t->prefix.addr) ? ", supernet" : "");
	print_known(s, t);
	session_line(s, "  Routing Descriptor Blocks:");
	for (size_t k = 0; k < e.count; k++)
		/* a Loopback's own address is its network */
		if (!k || t[k].kind != ROUTE_LOCAL)
			print_block(s, &t[k]);
}

/* Where the classful network of a begins; count: it is not there. */
static size_t group_of(const struct router_route *routes, size_t count, const struct ip_addr *a, size_t *n)
{
	struct ip_prefix net = ip_network(&(struct ip_prefix){ *a, (uint8_t)classful_len(a) });
	size_t k = 0;

	while (k < count) {
		struct ip_prefix other = print_classful(&routes[k].prefix);

		*n = print_route_group(&routes[k], count - k);
		if (print_same_prefix(&net, &other))
			return k;
		k += *n;
	}
	return count;
}

static void print_missing(struct session *s, const struct router_route *routes, size_t count, const struct ip_addr *a)
{
	size_t n;

	session_line(s, group_of(routes, count, a, &n) < count ? "%% Subnet not in table" : "%% Network not in table");
}

static bool print_network(struct session *s, const struct router_route *routes, size_t count, const struct ip_addr *to)
{
	struct ip_prefix net = ip_network(&(struct ip_prefix){ *to, (uint8_t)classful_len(to) });
	unsigned subnets, masks, attached = 0;
	char addr[IP_TEXT_SIZE];
	size_t n, at = group_of(routes, count, to, &n);

	if (at == count || !ip_equal(&net.addr, to) || exact(routes, count, &net).first)
		return false;
	print_count_subnets(&routes[at], n, &subnets, &masks);
	for (size_t k = at; k < at + n; k++)
		attached += routes[k].kind != ROUTE_STATIC || !routes[k].via.family;
	session_line(s, "Routing entry for %s/%u, %u known subnets", ip_text(&net.addr, addr), net.len, subnets);
	if (attached)
		session_line(s, "  Attached (%u connections)", attached);
	if (masks > 1)
		session_line(s, "  Variably subnetted with %u masks", masks);
	print_route_lines(s, &routes[at], n);
	return true;
}

void print_ip_route_to(struct session *s, const struct router_route *routes, size_t count, const struct ip_addr *to)
{
	struct entry e;

	if (print_network(s, routes, count, to))
		return;
	e = longest(routes, count, to);
	if (e.first)
		print_entry(s, e);
	else
		print_missing(s, routes, count, to);
}

void print_ip_route_entry(struct session *s, const struct router_route *routes, size_t count,
			  const struct ip_prefix *prefix)
{
	struct entry e = exact(routes, count, prefix);

	if (e.first)
		print_entry(s, e);
	else
		print_missing(s, routes, count, &prefix->addr);
}

/* Of one source: networks are routes of a whole class. */
static void count_source(const struct router_route *routes, size_t count, bool is_static, unsigned out[2])
{
	out[0] = out[1] = 0;
	for (size_t k = 0; k < count; k++)
		if ((routes[k].kind == ROUTE_STATIC) == is_static)
			out[routes[k].prefix.len > classful_len(&routes[k].prefix.addr)]++;
}

static void print_source(struct session *s, const char *source, const unsigned counts[2], unsigned more_memory)
{
	unsigned long long memory = (counts[0] + counts[1]) * sizeof(struct router_route) + more_memory;

	session_line(s, "%-16s%-12u%-12u%-12u%-12u%llu", source, counts[0], counts[1], 0u, 0u, memory);
}

void print_ip_route_summary(struct session *s, const struct router_route *routes, size_t count)
{
	unsigned connected[2], fixed[2], total[2], heads = 0;

	count_source(routes, count, false, connected);
	count_source(routes, count, true, fixed);
	/* What stands for a classful network in IOS's table is a line of the listing here: it takes no memory. */
	for (size_t k = 0; k < count;) {
		size_t n = print_route_group(&routes[k], count - k);

		for (size_t j = k; j < k + n; j++)
			if (routes[j].prefix.len > classful_len(&routes[j].prefix.addr)) {
				heads++;
				break;
			}
		k += n;
	}
	total[0] = connected[0] + fixed[0] + heads;
	total[1] = connected[1] + fixed[1];
	session_line(s, "IP routing table name is default (0x0)");
	session_line(s, "IP routing table maximum-paths is 32");
	session_line(s, "Route Source    Networks    Subnets     Replicates  Overhead    Memory (bytes)");
	print_source(s, "connected", connected, 0);
	print_source(s, "static", fixed, 0);
	session_line(s, "%-16s%-12u%-12s%-12s%-12s%u", "internal", heads, "", "", "", 0u);
	session_line(s, "%-16s%-12u%-12u%-12u%-12u%llu", "Total", total[0], total[1], 0u, 0u,
		     (unsigned long long)count * sizeof(struct router_route));
}

/* --- IPv6 ---- */

static void print_path6(struct session *s, const struct router_route *t)
{
	char via[IP_TEXT_SIZE], age[SHOW_TIME_SIZE];

	if (t->kind == ROUTE_LOCAL)
		session_line(s, "    receive via %s", t->ifname);
	else if (!t->via.family)
		session_line(s, "    directly connected via %s", t->ifname);
	else
		session_line(s, "    %s%s%s", ip_text(&t->via, via), *t->ifname ? ", " : "", t->ifname);
	session_line(s, "      Last updated %s ago", show_age(router_route_age_s(t), age));
}

void print_ipv6_route_entry(struct session *s, const struct router_route *routes, size_t count,
			    const struct ip_prefix *prefix, bool exactly)
{
	struct entry e = exactly ? exact(routes, count, prefix) : longest(routes, count, &prefix->addr);
	static const char *const kinds[] = {
		[ROUTE_CONNECTED] = "connected", [ROUTE_LOCAL] = "receive", [ROUTE_STATIC] = "static"
	};
	const struct router_route *t = e.first;
	char addr[IP_TEXT_SIZE], type[32] = "";

	if (!t) {
		session_line(s, "%% Route not found");
		return;
	}
	if (t->kind != ROUTE_STATIC)
		snprintf(type, sizeof(type), ", type %s", kinds[t->kind]);
	session_line(s, "Routing entry for %s/%u", ip_text(&t->prefix.addr, addr), t->prefix.len);
	session_line(s, "  Known via \"%s\", distance %u, metric %u%s",
		     t->kind == ROUTE_STATIC ? "static" : "connected", t->distance, t->metric, type);
	if (t->tag)
		session_line(s, "  Tag %u", t->tag);
	session_line(s, "  Route count is %zu/%zu, share count 0", e.count, e.count);
	session_line(s, "  Routing paths:");
	for (size_t k = 0; k < e.count; k++)
		print_path6(s, &t[k]);
}
