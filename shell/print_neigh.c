/* `show arp` and `show ipv6 neighbors`. */
#include "shell/print_ip.h"
#include "shell/show.h"

#include <stdio.h>
#include <string.h>

enum { SECONDS_PER_MINUTE = 60 };

const char *print_mac_text(const uint8_t mac[6], char buf[PRINT_MAC_SIZE])
{
	snprintf(buf, PRINT_MAC_SIZE, "%02x%02x.%02x%02x.%02x%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	return buf;
}

static const char *age_text(const struct router_neigh *n, bool fixed, char buf[16])
{
	if (fixed)
		return "-";
	snprintf(buf, 16, "%u", n->age_s / SECONDS_PER_MINUTE);
	return buf;
}

void print_arp(struct session *s, const struct router_neigh *n, size_t count)
{
	session_line(s, "Protocol  Address          Age (min)  Hardware Addr   Type   Interface");
	for (; count; count--, n++) {
		bool fixed = n->own || n->state == NETIF_NEIGH_PERMANENT;
		char addr[IP_TEXT_SIZE], mac[PRINT_MAC_SIZE], age[16];

		ip_text(&n->addr, addr);
		if (n->state == NETIF_NEIGH_FAILED || !n->has_mac)
			session_line(s, "Internet  %-15s %9u   Incomplete      ARPA", addr, 0u);
		else
			session_line(s, "Internet  %-15s %9s   %s  ARPA   %s", addr, age_text(n, fixed, age),
				     print_mac_text(n->mac, mac), n->ifname);
	}
}

/* IOS's words; what could not be reached is still being looked for there. */
static const char *state_text(enum netif_neigh_state state)
{
	switch (state) {
	case NETIF_NEIGH_INCOMPLETE:
	case NETIF_NEIGH_FAILED:
		break;
	case NETIF_NEIGH_STALE:
		return "STALE";
	case NETIF_NEIGH_DELAY:
		return "DELAY";
	case NETIF_NEIGH_PROBE:
		return "PROBE";
	case NETIF_NEIGH_REACHABLE:
	case NETIF_NEIGH_PERMANENT:
		return "REACH";
	}
	return "INCMP";
}

void print_ipv6_neighbors(struct session *s, const struct router_neigh *n, size_t count)
{
	session_line(s, "IPv6 Address                              Age Link-layer Addr State Interface");
	for (; count; count--, n++) {
		char addr[IP_TEXT_SIZE], mac[PRINT_MAC_SIZE] = "-", age[16], ifname[CONFIG_IFNAME_SIZE];

		if (n->has_mac)
			print_mac_text(n->mac, mac);
		ifname_short(n->ifname, ifname);
		session_line(s, "%-39s %5s %-15s %-5s %s", ip_text(&n->addr, addr),
			     age_text(n, n->state == NETIF_NEIGH_PERMANENT, age), mac, state_text(n->state), ifname);
	}
}
