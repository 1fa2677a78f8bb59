/* A tunnel that its own router keeps from negotiating. */
#include "explain/cause.h"
#include "shell/explain.h"

#include <ctype.h>
#include <stdio.h>

static const char *obstacle_text(const struct explain_tunnel *t, char buf[EXPLAIN_TEXT])
{
	char addr[IP_TEXT_SIZE];
	const unsigned family = t->family;

	ip_text(&t->tunnel.destination, addr);
	*buf = '\0';
	switch (t->tunnel.obstacle) {
	case ROUTER_SOURCE_NONE:
		snprintf(buf, EXPLAIN_TEXT, "`tunnel source` is not configured.");
		break;
	case ROUTER_SOURCE_MISSING:
		snprintf(buf, EXPLAIN_TEXT, "`tunnel source %s` names an interface that is not there.", t->source);
		break;
	case ROUTER_SOURCE_DOWN:
		snprintf(buf, EXPLAIN_TEXT, "`tunnel source %s`: that interface is down.", t->source);
		break;
	case ROUTER_SOURCE_NO_ADDRESS:
		snprintf(buf, EXPLAIN_TEXT, "`tunnel source %s`: that interface has no IPv%u address.", t->source,
			 family);
		break;
	case ROUTER_SOURCE_FOREIGN:
		snprintf(
			buf, EXPLAIN_TEXT,
			"`tunnel source %s`: no interface of this router that is up has this address, or it is not one of "
			"IPv%u.",
			t->source, family);
		break;
	case ROUTER_DESTINATION_NONE:
		snprintf(buf, EXPLAIN_TEXT, "`tunnel destination` is not configured.");
		break;
	case ROUTER_DESTINATION_FAMILY:
		snprintf(buf, EXPLAIN_TEXT, "`tunnel destination %s` is no address of `tunnel mode ipsec ipv%u`.", addr,
			 family);
		break;
	case ROUTER_ROUTE_NONE:
		snprintf(buf, EXPLAIN_TEXT, "No route leads to `tunnel destination %s`.", addr);
		break;
	case ROUTER_ROUTE_RECURSIVE:
		snprintf(buf, EXPLAIN_TEXT,
			 "The best route to `tunnel destination %s` leads through the tunnel itself.", addr);
		break;
	case ROUTER_TUNNEL_MODE:
		snprintf(buf, EXPLAIN_TEXT,
			 "`tunnel mode` is not one of IPsec: `tunnel mode ipsec ipv4` or `ipv6` is needed.");
		break;
	case ROUTER_PROTECTION_NONE:
		snprintf(buf, EXPLAIN_TEXT, "`tunnel protection ipsec profile` is not configured.");
		break;
	case ROUTER_PROFILE_MISSING:
		snprintf(buf, EXPLAIN_TEXT,
			 "`tunnel protection ipsec profile %s`: no `crypto ipsec profile %s` is configured.",
			 t->profile, t->profile);
		break;
	case ROUTER_SETS_MISSING:
		snprintf(buf, EXPLAIN_TEXT,
			 "`crypto ipsec profile %s` names transform sets, and none of them is configured.", t->profile);
		break;
	case ROUTER_ENDS_TAKEN:
		snprintf(
			buf, EXPLAIN_TEXT,
			"%s has the same source and destination; both need `tunnel protection ipsec profile %s shared`.",
			t->tunnel.other, t->profile);
		break;
	case ROUTER_NO_DEVICE:
		snprintf(buf, EXPLAIN_TEXT, "The system gave this tunnel no device; the log says why.");
		break;
	case ROUTER_OBSTACLE_NONE:
	case ROUTER_ISAKMP_OFF:
	case ROUTER_TUNNEL_SHUTDOWN:
		break;
	}
	return buf;
}

static const char *obstacle_cure(const struct explain_tunnel *t, enum fault fault, char buf[EXPLAIN_TEXT])
{
	const struct ip_addr *d = &t->tunnel.destination;
	char addr[IP_TEXT_SIZE];

	ip_text(d, addr);
	if (t->tunnel.obstacle == ROUTER_ROUTE_NONE && d->family == 6)
		snprintf(buf, EXPLAIN_TEXT, "configure a route to it: `ipv6 route %s/128` and the next hop.", addr);
	else if (t->tunnel.obstacle == ROUTER_ROUTE_NONE)
		snprintf(buf, EXPLAIN_TEXT, "configure a route to it: `ip route %s 255.255.255.255` and the next hop.",
			 addr);
	else if (t->tunnel.obstacle == ROUTER_TUNNEL_SHUTDOWN)
		snprintf(buf, EXPLAIN_TEXT, "configure `no shutdown` at `interface %s`.", t->tunnel.name);
	else
		snprintf(buf, EXPLAIN_TEXT, "%s", fault_about(fault)->cure);
	buf[0] = (char)tolower((unsigned char)buf[0]);
	return buf;
}

void explain_obstacle(struct session *s, const struct explain_tunnel *t)
{
	const enum fault fault = router_obstacle_fault(t->tunnel.obstacle);
	char text[EXPLAIN_TEXT];

	explain_head(s, t, "not up, nothing is sent");
	explain_say(s, 2, "What stopped it: %s [%s]", fault_title(fault), fault_name(fault));
	if (*obstacle_text(t, text))
		explain_say(s, 4, "%s", text);
	explain_say(s, 2, "To mend it: %s", obstacle_cure(t, fault, text));
}
