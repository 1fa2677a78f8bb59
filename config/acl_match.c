/* A connection that has arrived against an access list, for access-class. Packets are nftables' (router/filter.c). */
#include "config/acl.h"

#include "config/model.h"

#include <netinet/in.h>

static bool in_wildcard(const struct acl_address *a, const struct ip_addr *ip)
{
	for (unsigned k = 0; k < 4; k++)
		if ((a->address.octets[k] ^ ip->octets[k]) & (uint8_t)~a->wildcard.octets[k])
			return false;
	return ip->family == 4;
}

static bool address_matches(const struct acl_address *a, const struct ip_addr *ip)
{
	if (a->any)
		return true;
	if (a->address.family == 6)
		return ip_in_prefix(ip, &(struct ip_prefix){ a->address, (uint8_t)a->length });
	return in_wildcard(a, ip);
}

static bool one_of(const struct acl_ports *p, uint16_t port)
{
	for (unsigned k = 0; k < p->count; k++)
		if (p->ports[k] == port)
			return true;
	return false;
}

/* port 0: not known, which is what `unknown` says. */
static bool port_matches(const struct acl_ports *p, uint16_t port, bool unknown)
{
	if (p->match == ACL_PORT_ANY)
		return true;
	if (!port)
		return unknown;
	switch (p->match) {
	case ACL_PORT_EQ:
		return one_of(p, port);
	case ACL_PORT_NEQ:
		return !one_of(p, port);
	case ACL_PORT_LT:
		return port < p->ports[0];
	case ACL_PORT_GT:
		return port > p->ports[0];
	case ACL_PORT_RANGE:
		return port >= p->ports[0] && port <= p->ports[1];
	case ACL_PORT_ANY:
		break;
	}
	return true;
}

static bool matches(const struct acl_entry *e, const struct ip_addr *source, uint16_t port)
{
	const bool unknown = !e->permit; /* the safe side of what nobody can tell */

	if (e->remark || (e->protocol != ACL_PROTOCOL_IP && e->protocol != IPPROTO_TCP) || e->fragments)
		return false;
	/* the first packet of a connection has SYN alone */
	if (e->established || (e->tcp_flags && !(e->tcp_flags & ACL_TCP_SYN)))
		return false;
	if (!e->destination.any || !address_matches(&e->source, source))
		return false;
	if ((e->dscp >= 0 || e->precedence >= 0 || e->tos >= 0) && !unknown)
		return false;
	return port_matches(&e->source_ports, 0, unknown) && port_matches(&e->destination_ports, port, unknown);
}

bool acl_permits_port(const struct config *c, bool ipv6, const char *name, const struct ip_addr *source, uint16_t port)
{
	struct acl *a = config_acl_find(c, ipv6, name);
	struct acl_entry *e;

	if (config_acl_incomplete(c, ipv6, name))
		return false;
	if (!a || !a->count)
		return true;
	TAILQ_FOREACH (e, &a->entries, link)
		if (matches(e, source, port)) {
			e->class_matches++;
			return e->permit;
		}
	return false;
}

bool acl_permits(const struct config *c, bool ipv6, const char *name, const struct ip_addr *source)
{
	return acl_permits_port(c, ipv6, name, source, 0);
}
