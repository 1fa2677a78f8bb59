/* An entry of an access list as IOS words it, in the running-config and in show access-lists. */
#include "shell/print_acl.h"

#include "shell/acl_grammar.h"

#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>

struct line {
	char *buf;
	size_t octets;
};

static void put(struct line *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void put(struct line *l, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(l->buf + l->octets, ACL_TEXT_SIZE - l->octets, fmt, ap);
	va_end(ap);
	if (n > 0)
		l->octets += (size_t)n < ACL_TEXT_SIZE - l->octets ? (size_t)n : ACL_TEXT_SIZE - l->octets - 1;
}

/* By name where the number has one. */
static void put_number(struct line *l, const struct cmd_choice *names, int value)
{
	const char *name = names ? cmd_keyword(names, value) : "";

	if (name[0])
		put(l, " %s", name);
	else
		put(l, " %d", value);
}

static void put_source(struct line *l, const struct acl_address *a, enum acl_style style)
{
	char address[IP_TEXT_SIZE], wildcard[IP_TEXT_SIZE];

	if (a->any) {
		put(l, " any");
		return;
	}
	put(l, " %s", ip_text(&a->address, address));
	if (!a->host)
		put(l, "%s %s", style == ACL_STYLE_SHOW ? ", wildcard bits" : "", ip_text(&a->wildcard, wildcard));
}

static void put_address(struct line *l, const struct acl_address *a)
{
	char address[IP_TEXT_SIZE], wildcard[IP_TEXT_SIZE];

	ip_text(&a->address, address);
	if (a->any)
		put(l, " any");
	else if (a->host)
		put(l, " host %s", address);
	else if (a->address.family == 6)
		put(l, " %s/%u", address, a->length);
	else
		put(l, " %s %s", address, ip_text(&a->wildcard, wildcard));
}

static void put_ports(struct line *l, const struct acl_ports *p, int protocol)
{
	static const char *const operators[] = {
		[ACL_PORT_ANY] = "",  [ACL_PORT_EQ] = "eq", [ACL_PORT_NEQ] = "neq",
		[ACL_PORT_LT] = "lt", [ACL_PORT_GT] = "gt", [ACL_PORT_RANGE] = "range",
	};

	if (p->match == ACL_PORT_ANY)
		return;
	put(l, " %s", operators[p->match]);
	for (unsigned k = 0; k < p->count; k++)
		put_number(l, protocol == IPPROTO_UDP ? acl_udp_ports : acl_tcp_ports, p->ports[k]);
}

static void put_protocol(struct line *l, enum acl_kind kind, int protocol)
{
	if (protocol == ACL_PROTOCOL_IP)
		put(l, "%s", kind == ACL_IPV6 ? " ipv6" : " ip");
	else if (protocol == IPPROTO_TCP)
		put(l, " tcp");
	else if (protocol == IPPROTO_UDP)
		put(l, " udp");
	else if (protocol == (kind == ACL_IPV6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP))
		put(l, " icmp");
	else if (protocol == IPPROTO_IGMP && kind != ACL_IPV6)
		put(l, " igmp");
	else
		put_number(l, kind == ACL_IPV6 ? acl_protocols6 : acl_protocols, protocol);
}

static void put_type(struct line *l, enum acl_kind kind, const struct acl_entry *e)
{
	const char *name;

	if (e->icmp_type < 0)
		return;
	if (e->protocol == IPPROTO_IGMP && kind != ACL_IPV6) {
		put_number(l, acl_igmp_names, e->icmp_type);
		return;
	}
	name = cmd_keyword(kind == ACL_IPV6 ? acl_icmp6_names : acl_icmp_names, ACL_ICMP(e->icmp_type, e->icmp_code));
	if (name[0])
		put(l, " %s", name);
	else if (e->icmp_code < 0)
		put(l, " %d", e->icmp_type);
	else
		put(l, " %d %d", e->icmp_type, e->icmp_code);
}

static void put_tcp_flags(struct line *l, const struct acl_entry *e)
{
	static const struct {
		enum acl_tcp_flag flag;
		const char *name;
	} flags[] = {
		{ ACL_TCP_ACK, "ack" }, { ACL_TCP_FIN, "fin" }, { ACL_TCP_PSH, "psh" },
		{ ACL_TCP_RST, "rst" }, { ACL_TCP_SYN, "syn" }, { ACL_TCP_URG, "urg" },
	};

	for (size_t k = 0; k < sizeof(flags) / sizeof(flags[0]); k++)
		if (e->tcp_flags & flags[k].flag)
			put(l, " %s", flags[k].name);
	if (e->established)
		put(l, " established");
}

static void put_named(struct line *l, const char *keyword, const struct cmd_choice *names, int value)
{
	if (value < 0)
		return;
	put(l, " %s", keyword);
	put_number(l, names, value);
}

const char *print_acl_entry(enum acl_kind kind, const struct acl_entry *e, enum acl_style style,
			    char buf[ACL_TEXT_SIZE])
{
	struct line l = { .buf = buf };
	/* IPv6 came later, and so did what shows extended lists */
	bool padded = kind == ACL_STANDARD || (kind == ACL_EXTENDED && style == ACL_STYLE_RUNNING);

	put(&l, "%s", e->permit ? "permit" : padded ? "deny  " : "deny");
	if (kind == ACL_STANDARD) {
		put_source(&l, &e->source, style);
	} else {
		put_protocol(&l, kind, e->protocol);
		put_address(&l, &e->source);
		put_ports(&l, &e->source_ports, e->protocol);
		put_address(&l, &e->destination);
		put_ports(&l, &e->destination_ports, e->protocol);
		put_type(&l, kind, e);
		put_tcp_flags(&l, e);
		put_named(&l, "dscp", acl_dscp_names, e->dscp);
		put_named(&l, "precedence", acl_precedence_names, e->precedence);
		put_named(&l, "tos", acl_tos_names, e->tos);
		put(&l, "%s%s", e->fragments ? " fragments" : "", e->log_input ? " log-input" : "");
	}
	put(&l, "%s", e->log ? " log" : "");
	return buf;
}
