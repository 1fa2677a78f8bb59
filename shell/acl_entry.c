/* From the words of an entry of an access list to the entry, in the one form that IOS stores. */
#include "shell/acl_grammar.h"
#include "shell/session.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* The argument of one end: "source" or "destination" and what it is. */
struct name {
	char text[40];
};

static struct name of(const char *end, const char *what)
{
	struct name n;

	snprintf(n.text, sizeof(n.text), "%s%s", end, what);
	return n;
}

static bool all_octets(const struct ip_addr *a, uint8_t value)
{
	for (unsigned k = 0; k < 4; k++)
		if (a->octets[k] != value)
			return false;
	return true;
}

static void take_prefix(const struct ip_prefix *p, struct acl_address *out)
{
	out->any = !p->len;
	out->host = p->len == 128;
	if (out->any)
		return;
	out->address = ip_network(p).addr;
	out->length = p->len;
}

static void take_address4(const struct cmd_match *m, const char *end, struct acl_address *out)
{
	struct ip_addr wildcard = { .family = 4 };

	cmd_addr(m, of(end, "-wildcard").text, &wildcard);
	out->any = all_octets(&wildcard, 0xff);
	out->host = all_octets(&wildcard, 0);
	if (out->any)
		return;
	cmd_addr(m, end, &out->address);
	out->wildcard = wildcard;
	for (unsigned k = 0; k < 4; k++)
		out->address.octets[k] &= (uint8_t)~wildcard.octets[k];
}

static void take_address(const struct cmd_match *m, bool ipv6, const char *end, struct acl_address *out)
{
	struct ip_prefix p = { .len = 128 };

	*out = (struct acl_address){ .any = true };
	if (cmd_prefix(m, of(end, "-prefix").text, &p) || (ipv6 && cmd_addr(m, end, &p.addr)))
		take_prefix(&p, out);
	else if (!ipv6 && cmd_has(m, end))
		take_address4(m, end, out);
}

static bool take_ports(const struct cmd_match *m, const char *end, struct acl_ports *out)
{
	static const char *const operators[] = {
		[ACL_PORT_EQ] = "-eq", [ACL_PORT_NEQ] = "-neq",     [ACL_PORT_LT] = "-lt",
		[ACL_PORT_GT] = "-gt", [ACL_PORT_RANGE] = "-range",
	};
	int64_t ports[ACL_EQ_PORTS + 1];
	size_t count = cmd_nums(m, of(end, "-port").text, ports, ACL_EQ_PORTS + 1);

	*out = (struct acl_ports){ .match = ACL_PORT_ANY };
	if (count > ACL_EQ_PORTS)
		return false;
	for (enum acl_port_match k = ACL_PORT_EQ; k <= ACL_PORT_RANGE; k++)
		if (cmd_has(m, of(end, operators[k]).text))
			out->match = k;
	out->count = (unsigned)count;
	for (size_t k = 0; k < count; k++)
		out->ports[k] = (uint16_t)ports[k];
	if (out->match == ACL_PORT_RANGE && out->ports[0] > out->ports[1]) {
		uint16_t first = out->ports[1];

		out->ports[1] = out->ports[0];
		out->ports[0] = first;
	}
	return true;
}

static void take_icmp(const struct cmd_match *m, struct acl_entry *e)
{
	int64_t named = cmd_num(m, "icmp", -1);

	if (named >= 0) {
		e->icmp_type = ACL_ICMP_TYPE((int)named);
		e->icmp_code = ACL_ICMP_CODE((int)named);
		return;
	}
	e->icmp_type = (int)cmd_num(m, "icmp-type", cmd_num(m, "igmp", -1));
	e->icmp_code = (int)cmd_num(m, "icmp-code", -1);
}

static uint8_t take_tcp_flags(const struct cmd_match *m)
{
	static const struct {
		const char *name;
		enum acl_tcp_flag flag;
	} flags[] = {
		{ "ack", ACL_TCP_ACK }, { "fin", ACL_TCP_FIN }, { "psh", ACL_TCP_PSH },
		{ "rst", ACL_TCP_RST }, { "syn", ACL_TCP_SYN }, { "urg", ACL_TCP_URG },
	};
	uint8_t set = 0;

	for (size_t k = 0; k < sizeof(flags) / sizeof(flags[0]); k++)
		if (cmd_has(m, flags[k].name))
			set |= (uint8_t)flags[k].flag;
	return set;
}

static bool consistent(struct session *s, const struct acl_entry *e)
{
	bool beyond_l3 = e->source_ports.match || e->destination_ports.match || e->icmp_type >= 0 || e->established ||
			 e->tcp_flags;

	if (e->fragments && beyond_l3) {
		session_line(s, "%% Fragments cannot be matched by what only the first one has");
		return false;
	}
	if (e->dscp >= 0 && (e->precedence >= 0 || e->tos >= 0)) {
		session_line(s, "%% Precedence and TOS cannot be matched together with DSCP");
		return false;
	}
	return true;
}

bool acl_entry_take(struct session *s, const struct cmd_match *m, bool ipv6, int protocol, struct acl_entry *e)
{
	*e = (struct acl_entry)ACL_ENTRY_ANY;
	e->sequence = (unsigned)cmd_num(m, "sequence", 0);
	e->permit = cmd_num(m, "action", false);
	e->protocol = (int)cmd_num(m, "protocol", protocol);
	if (!e->protocol && !ipv6)
		e->protocol = ACL_PROTOCOL_IP; /* as on IOS */
	take_address(m, ipv6, "source", &e->source);
	take_address(m, ipv6, "destination", &e->destination);
	if (!take_ports(m, "source", &e->source_ports) || !take_ports(m, "destination", &e->destination_ports)) {
		session_line(s, "%% No more than %d ports in an entry", ACL_EQ_PORTS);
		return false;
	}
	take_icmp(m, e);
	e->tcp_flags = take_tcp_flags(m);
	e->established = cmd_has(m, "established");
	e->fragments = cmd_has(m, "fragments");
	e->log_input = cmd_has(m, "log-input");
	e->log = cmd_has(m, "log") && !e->log_input;
	e->dscp = (int)cmd_num(m, "dscp", -1);
	e->precedence = (int)cmd_num(m, "precedence", -1);
	e->tos = (int)cmd_num(m, "tos", -1);
	return consistent(s, e);
}
