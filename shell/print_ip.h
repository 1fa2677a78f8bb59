/*
 * The layouts of `show interfaces`, `show ip|ipv6 interface brief` and `show ip|ipv6 route`: from copies to IOS 15.2's
 * lines, through session_line().
 */
#ifndef SHELL_PRINT_IP_H
#define SHELL_PRINT_IP_H

#include "router/router.h"

struct session;

/* One interface as configured and as it runs. */
struct show_interface {
	struct router_if_info info;
	struct interface config; /* the values are a copy, its lists and texts are not to be used */
	char description[CONFIG_TEXT_SIZE];
	struct ip_prefix own_ipv4;         /* its primary, family 0: none */
	struct ip_addr ipv4;               /* primary, or that of the interface `ip unnumbered` names; family 0: none */
	bool saved;                        /* the startup-config gives it the same address, or the lack of one */
	struct ip_addr ipv6[IF_ADDRESSES]; /* global ones, in force */
	unsigned ipv6_count;
	size_t place;            /* in the running-config */
	unsigned source_members; /* tunnel: how many have the same source interface */
};

void print_interface(struct session *s, const struct show_interface *i);
void print_ip_brief(struct session *s, const struct show_interface *i, size_t count);
void print_ipv6_brief(struct session *s, const struct show_interface *i, size_t count);

/* Routes of one family, sorted by address, then length. */
void print_ip_routes(struct session *s, const struct router_route *routes, size_t count);
/* multicast: the FF00::/8 entry that is there when an interface runs IPv6. */
void print_ipv6_routes(struct session *s, const struct router_route *routes, size_t count, bool multicast);

#endif
