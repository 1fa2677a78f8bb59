/*
 * The layouts of `show interfaces`, `show ip|ipv6 interface [brief]`, `show ip|ipv6 route`, `show arp` and `show ipv6
 * neighbors`: from copies to IOS 15.2's lines, through session_line().
 */
#ifndef SHELL_PRINT_IP_H
#define SHELL_PRINT_IP_H

#include "router/router.h"

struct session;

/* An IPv6 address in force. */
struct show_address6 {
	struct ip_prefix prefix;
	bool eui64;
};

/* One interface as configured and as it runs. */
struct show_interface {
	struct router_if_info info;
	struct interface config; /* the values are a copy, its lists and texts are not to be used */
	char description[CONFIG_TEXT_SIZE];
	struct ip_prefix own_ipv4; /* its primary, family 0: none */
	struct ip_addr ipv4;       /* primary, or that of the interface `ip unnumbered` names; family 0: none */
	struct ip_prefix secondary[IF_ADDRESSES];
	unsigned secondary_count;
	bool saved;                              /* the startup-config gives it the same address, or the lack of one */
	struct show_address6 ipv6[IF_ADDRESSES]; /* global ones */
	unsigned ipv6_count;
	bool ipv6_router;        /* `ipv6 unicast-routing` */
	size_t place;            /* in the running-config */
	unsigned source_members; /* tunnel: how many have the same source interface */
};

#define PRINT_MAC_SIZE 16
/* "aabb.cc00.2900" */
const char *print_mac_text(const uint8_t mac[6], char buf[PRINT_MAC_SIZE]);
/* "up", "down", "administratively down"; "up", "down". */
const char *print_link_text(const struct router_if_info *i);
const char *print_protocol_text(const struct router_if_info *i);
/* The largest packet of the family that it takes. */
unsigned print_ip_mtu(const struct show_interface *i, unsigned family);

void print_interface(struct session *s, const struct show_interface *i);
void print_interface_descriptions(struct session *s, const struct show_interface *i, size_t count);
void print_interface_summary(struct session *s, const struct show_interface *i, size_t count);
void print_ip_interface(struct session *s, const struct show_interface *i);
/* Of an interface that runs IPv6. */
void print_ipv6_interface(struct session *s, const struct show_interface *i);
void print_ip_brief(struct session *s, const struct show_interface *i, size_t count);
void print_ipv6_brief(struct session *s, const struct show_interface *i, size_t count);

/* --- routes: of one family, sorted by address, then length, as router_each_route() gives them ---- */

typedef bool (*route_filter)(const struct router_route *t, const void *what);

void print_ip_routes(struct session *s, const struct router_route *routes, size_t count);
/* Those that fit; headings count all of the classful network. */
void print_ip_routes_of(struct session *s, const struct router_route *routes, size_t count, route_filter fits,
			const void *what);
/* `show ip route A.B.C.D`: the longest match, or the classful network that was named. */
void print_ip_route_to(struct session *s, const struct router_route *routes, size_t count, const struct ip_addr *to);
/* `show ip route A.B.C.D M` */
void print_ip_route_entry(struct session *s, const struct router_route *routes, size_t count,
			  const struct ip_prefix *prefix);
void print_ip_route_summary(struct session *s, const struct router_route *routes, size_t count);
/* multicast: the FF00::/8 entry that is there when an interface runs IPv6. */
void print_ipv6_routes(struct session *s, const struct router_route *routes, size_t count, bool multicast);
void print_ipv6_routes_of(struct session *s, const struct router_route *routes, size_t count, bool multicast,
			  route_filter fits, const void *what);
/* `show ipv6 route X:X::X`: the longest match; exact: the prefix itself. */
void print_ipv6_route_entry(struct session *s, const struct router_route *routes, size_t count,
			    const struct ip_prefix *prefix, bool exact);

/* What the files of routes share. */
bool print_same_prefix(const struct ip_prefix *a, const struct ip_prefix *b);
/* Class A 8, B 16, C 24; the default route and what has no class stand for themselves. */
struct ip_prefix print_classful(const struct ip_prefix *p);
/* The group that starts at routes[0]: all of one classful network. */
size_t print_route_group(const struct router_route *routes, size_t count);
/* The lines of a group, each with its length, without the heading. */
void print_route_lines(struct session *s, const struct router_route *group, size_t n);
/* Networks of a group and how many lengths they have; a Loopback's own address is one with its network. */
void print_count_subnets(const struct router_route *group, size_t n, unsigned *subnets, unsigned *masks);

/* --- neighbours, sorted ---- */

void print_arp(struct session *s, const struct router_neigh *n, size_t count);
void print_ipv6_neighbors(struct session *s, const struct router_neigh *n, size_t count);

#endif
