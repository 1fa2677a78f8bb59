/* `show ip route` in IOS's grouping by classful network, `show ipv6 route`. */
#include "shell/print_ip.h"
#include "shell/show.h"

#include <stdio.h>
#include <string.h>

bool print_same_prefix(const struct ip_prefix *a, const struct ip_prefix *b)
{
	return a->len == b->len && ip_equal(&a->addr, &b->addr);
}

struct ip_prefix print_classful(const struct ip_prefix *p)
{
	uint8_t first = p->addr.octets[0];
	unsigned len = first == 0 || first >= 224 ? p->len : first < 128 ? 8 : first < 192 ? 16 : 24;
	struct ip_prefix net = { .addr = p->addr, .len = (uint8_t)(len < p->len ? len : p->len) };

	return ip_network(&net);
}

/*
 * A host route of the router's own that repeats the connected /32 or /128 of a Loopback. Routes are sorted, so what has
 * its prefix stands beside it.
 */
static bool repeats_connected(const struct router_route *routes, const struct router_route *t)
{
	if (t->kind != ROUTE_LOCAL)
		return false;
	while (t-- > routes && print_same_prefix(&t->prefix, &t[1].prefix))
		if (t->kind == ROUTE_CONNECTED)
			return true;
	return false;
}

static const char *code_of(const struct router_route *t)
{
	switch (t->kind) {
	case ROUTE_CONNECTED:
		return "C";
	case ROUTE_LOCAL:
		return "L";
	case ROUTE_STATIC:
		break;
	}
	return "S";
}

static void print_codes(struct session *s)
{
	session_line(s, "Codes: L - local, C - connected, S - static, R - RIP, M - mobile, B - BGP");
	session_line(s, "       D - EIGRP, EX - EIGRP external, O - OSPF, IA - OSPF inter area ");
	session_line(s, "       N1 - OSPF NSSA external type 1, N2 - OSPF NSSA external type 2");
	session_line(s, "       E1 - OSPF external type 1, E2 - OSPF external type 2");
	session_line(s, "       i - IS-IS, su - IS-IS summary, L1 - IS-IS level-1, L2 - IS-IS level-2");
	session_line(s, "       ia - IS-IS inter area, * - candidate default, U - per-user static route");
	session_line(s, "       o - ODR, P - periodic downloaded static route, H - NHRP, l - LISP");
	session_line(s, "       + - replicated route, %% - next hop override");
	show_blank(s);
}

static void print_gateway(struct session *s, const struct router_route *routes, size_t count)
{
	char via[IP_TEXT_SIZE] = "0.0.0.0";

	for (size_t i = 0; i < count; i++) {
		if (routes[i].prefix.len || routes[i].kind != ROUTE_STATIC)
			continue;
		if (routes[i].via.family)
			ip_text(&routes[i].via, via);
		session_line(s, "Gateway of last resort is %s to network 0.0.0.0", via);
		show_blank(s);
		return;
	}
	session_line(s, "Gateway of last resort is not set");
	show_blank(s);
}

/* "[1/0] via 10.0.0.1, Ethernet0/0" or "is directly connected, Ethernet0/0" */
static void hop_text(const struct router_route *t, char *buf, size_t size)
{
	char via[IP_TEXT_SIZE];

	if (!t->via.family)
		snprintf(buf, size, "is directly connected, %s", t->ifname);
	else
		snprintf(buf, size, "[%u/%u] via %s%s%s", t->distance, t->metric, ip_text(&t->via, via),
			 *t->ifname ? ", " : "", t->ifname);
}

size_t print_route_group(const struct router_route *routes, size_t count)
{
	struct ip_prefix net = print_classful(&routes[0].prefix);
	size_t n = 1;

	while (n < count) {
		struct ip_prefix other = print_classful(&routes[n].prefix);

		if (!print_same_prefix(&other, &net))
			break;
		n++;
	}
	return n;
}

void print_count_subnets(const struct router_route *group, size_t n, unsigned *subnets, unsigned *masks)
{
	bool seen[33] = { false };

	*subnets = *masks = 0;
	for (size_t i = 0; i < n; i++) {
		if (repeats_connected(group, &group[i]) ||
		    (i && print_same_prefix(&group[i].prefix, &group[i - 1].prefix)))
			continue;
		++*subnets;
		*masks += !seen[group[i].prefix.len];
		seen[group[i].prefix.len] = true;
	}
}

/* "10.0.0.0/8 is variably subnetted, 4 subnets, 2 masks"; true when the children show their own lengths. */
static bool print_header(struct session *s, const struct router_route *group, size_t n)
{
	struct ip_prefix net = print_classful(&group[0].prefix);
	unsigned subnets, masks;
	char addr[IP_TEXT_SIZE];

	print_count_subnets(group, n, &subnets, &masks);
	ip_text(&net.addr, addr);
	if (masks > 1) {
		session_line(s, "      %s/%u is variably subnetted, %u subnets, %u masks", addr, net.len, subnets,
			     masks);
		return true;
	}
	session_line(s, "      %s/%u is subnetted, %u subnets", addr, group[0].prefix.len, subnets);
	return false;
}

static bool all_of_class(const struct router_route *group, size_t n)
{
	struct ip_prefix net = print_classful(&group[0].prefix);

	for (size_t i = 0; i < n; i++)
		if (group[i].prefix.len != net.len)
			return false;
	return true;
}

static bool some_fit(const struct router_route *group, size_t n, route_filter fits, const void *what)
{
	for (size_t i = 0; i < n; i++)
		if (fits(&group[i], what))
			return true;
	return false;
}

static void print_group(struct session *s, const struct router_route *group, size_t n, route_filter fits,
			const void *what)
{
	char text[IP_TEXT_SIZE + 4], addr[IP_TEXT_SIZE], hop[IP_TEXT_SIZE + CONFIG_IFNAME_SIZE + 48];
	const struct ip_prefix *last = NULL;
	bool plain = all_of_class(group, n), lengths;

	if (!some_fit(group, n, fits, what))
		return;
	lengths = plain || print_header(s, group, n);
	for (size_t i = 0; i < n; i++) {
		const struct router_route *t = &group[i];
		const char *mark = t->kind == ROUTE_STATIC && !t->prefix.len ? "*" : "";
		char code[8];

		if (!fits(t, what) || repeats_connected(group, t))
			continue;
		ip_text(&t->prefix.addr, addr);
		if (lengths)
			snprintf(text, sizeof(text), "%s/%u", addr, t->prefix.len);
		else
			snprintf(text, sizeof(text), "%s", addr);
		hop_text(t, hop, sizeof(hop));
		snprintf(code, sizeof(code), "%s%s", code_of(t), mark);
		if (last && print_same_prefix(last, &t->prefix))
			session_line(s, "%*s%s", (int)((plain ? 6 : 9) + strlen(text) + 1), "", hop);
		else
			session_line(s, "%-*s%s %s", plain ? 6 : 9, code, text, hop);
		last = &t->prefix;
	}
}

void print_ip_routes_of(struct session *s, const struct router_route *routes, size_t count, route_filter fits,
			const void *what)
{
	print_codes(s);
	print_gateway(s, routes, count);
	while (count) {
		size_t n = print_route_group(routes, count);

		print_group(s, routes, n, fits, what);
		routes += n;
		count -= n;
	}
}

static bool any(const struct router_route *t, const void *what)
{
	(void)t;
	(void)what;
	return true;
}

void print_ip_routes(struct session *s, const struct router_route *routes, size_t count)
{
	print_ip_routes_of(s, routes, count, any, NULL);
}

/* The lines of one classful network, without its heading: `show ip route` of the network itself. */
void print_route_lines(struct session *s, const struct router_route *group, size_t n)
{
	char addr[IP_TEXT_SIZE], hop[IP_TEXT_SIZE + CONFIG_IFNAME_SIZE + 48];

	for (size_t i = 0; i < n; i++) {
		if (repeats_connected(group, &group[i]))
			continue;
		hop_text(&group[i], hop, sizeof(hop));
		session_line(s, "%-9s%s/%u %s", code_of(&group[i]), ip_text(&group[i].prefix.addr, addr),
			     group[i].prefix.len, hop);
	}
}

/* --- IPv6 ---- */

static void print_ipv6_codes(struct session *s)
{
	session_line(s, "Codes: C - Connected, L - Local, S - Static, U - Per-user Static route");
	session_line(s, "       B - BGP, HA - Home Agent, MR - Mobile Router, R - RIP");
	session_line(s, "       H - NHRP, I1 - ISIS L1, I2 - ISIS L2, IA - ISIS interarea");
	session_line(s, "       IS - ISIS summary, D - EIGRP, EX - EIGRP external, NM - NEMO");
	session_line(s, "       ND - ND Default, NDp - ND Prefix, DCE - Destination, NDr - Redirect");
	session_line(s, "       O - OSPF Intra, OI - OSPF Inter, OE1 - OSPF ext 1, OE2 - OSPF ext 2");
	session_line(s, "       ON1 - OSPF NSSA ext 1, ON2 - OSPF NSSA ext 2, la - LISP alt");
	session_line(s, "       lr - LISP site-registrations, ld - LISP dyn-eid, a - Application");
}

/* Connected and local at once: the /128 of a Loopback, which IOS lists once, as LC. */
static bool is_own_host_route(const struct router_route *routes, size_t count, const struct router_route *t)
{
	if (t->kind != ROUTE_CONNECTED)
		return false;
	while (++t < routes + count && print_same_prefix(&t->prefix, &t[-1].prefix))
		if (t->kind == ROUTE_LOCAL)
			return true;
	return false;
}

static void print_ipv6_hop(struct session *s, const struct router_route *t, bool receive)
{
	char via[IP_TEXT_SIZE];

	if (receive)
		session_line(s, "     via %s, receive", t->ifname);
	else if (!t->via.family)
		session_line(s, "     via %s, directly connected", t->ifname);
	else
		session_line(s, "     via %s%s%s", ip_text(&t->via, via), *t->ifname ? ", " : "", t->ifname);
}

void print_ipv6_routes_of(struct session *s, const struct router_route *routes, size_t count, bool multicast,
			  route_filter fits, const void *what)
{
	const struct ip_prefix *last = NULL;
	unsigned entries = multicast;
	char addr[IP_TEXT_SIZE];

	for (size_t i = 0; i < count; i++)
		entries += !i || !print_same_prefix(&routes[i].prefix, &routes[i - 1].prefix);
	session_line(s, "IPv6 Routing Table - default - %u entries", entries);
	print_ipv6_codes(s);
	for (size_t i = 0; i < count; i++) {
		const struct router_route *t = &routes[i];
		bool both = is_own_host_route(routes, count, t);

		if (!fits(t, what) || repeats_connected(routes, t))
			continue;
		if (!last || !print_same_prefix(last, &t->prefix))
			session_line(s, "%-3s %s/%u [%u/%u]", both ? "LC" : code_of(t), ip_text(&t->prefix.addr, addr),
				     t->prefix.len, t->distance, t->metric);
		print_ipv6_hop(s, t, both || t->kind == ROUTE_LOCAL);
		last = &t->prefix;
	}
}

void print_ipv6_routes(struct session *s, const struct router_route *routes, size_t count, bool multicast)
{
	print_ipv6_routes_of(s, routes, count, multicast, any, NULL);
	if (multicast) {
		session_line(s, "L   FF00::/8 [0/0]");
		session_line(s, "     via Null0, receive");
	}
}
