/*
 * An entry is a rule: what it matches, its counter, its verdict. A rule that looks behind the IP header never matches a
 * fragment that is not the first. IOS lets such a fragment pass when an entry that permits matches it by addresses and
 * protocol, so that entry is a second rule with the same counter. A list ends in what denies everything; the verdict of
 * a deny is a jump to the one chain that knows who is told of it.
 */
#include "router/filter_rules.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>

#define FRAGMENT_OFFSET 0x1fff

static const char *const map_names[] = { "in4", "out4", "in6", "out6" };

#define OPEN "{\"family\":\"inet\",\"table\":\"" FILTER_TABLE "\""

const char *filter_rules_counter_name(uint64_t handle, char buf[FILTER_COUNTER_SIZE])
{
	snprintf(buf, FILTER_COUNTER_SIZE, "c%016" PRIx64, handle);
	return buf;
}

/* --- the frame ---- */

static void base_chain(FILE *f, const char *name, const char *hook)
{
	fprintf(f,
		",{\"add\":{\"chain\":" OPEN ",\"name\":\"%s\",\"type\":\"filter\",\"hook\":\"%s\",\"prio\":%d,"
		"\"policy\":\"accept\"}}}",
		name, hook, FILTER_PRIORITY);
}

static void dispatch(FILE *f, const char *chain, const char *family, const char *key, const char *map)
{
	fprintf(f,
		",{\"add\":{\"rule\":" OPEN ",\"chain\":\"%s\",\"expr\":[{\"match\":{\"op\":\"==\",\"left\":{\"meta\":{"
		"\"key\":\"nfproto\"}},\"right\":\"%s\"}},{\"vmap\":{\"key\":{\"meta\":{\"key\":\"%s\"}},\"data\":\"@%s"
		"\"}}]}}}",
		chain, family, key, map);
}

void filter_rules_base(FILE *f)
{
	fprintf(f, ",{\"add\":{\"table\":{\"family\":\"inet\",\"name\":\"" FILTER_TABLE "\"}}}");
	for (unsigned k = 0; k < 4; k++)
		fprintf(f, ",{\"add\":{\"map\":" OPEN ",\"name\":\"%s\",\"type\":\"ifname\",\"map\":\"verdict\"}}}",
			map_names[k]);
	fprintf(f, ",{\"add\":{\"set\":" OPEN ",\"name\":\"quiet\",\"type\":\"ifname\"}}}");
	fprintf(f, ",{\"add\":{\"chain\":" OPEN ",\"name\":\"deny\"}}}");
	fprintf(f, ",{\"add\":{\"rule\":" OPEN
		   ",\"chain\":\"deny\",\"expr\":[{\"match\":{\"op\":\"==\",\"left\":{\"meta\":{"
		   "\"key\":\"iifname\"}},\"right\":\"@quiet\"}},{\"drop\":null}]}}}");
	fprintf(f, ",{\"add\":{\"rule\":" OPEN ",\"chain\":\"deny\",\"expr\":[{\"reject\":{\"type\":\"icmpx\",\"expr\":"
		   "\"admin-prohibited\"}}]}}}");
	base_chain(f, "in", "prerouting");
	base_chain(f, "out", "forward"); /* what the router itself sends is not filtered, as on IOS */
	dispatch(f, "in", "ipv4", "iifname", "in4");
	dispatch(f, "in", "ipv6", "iifname", "in6");
	dispatch(f, "out", "ipv4", "oifname", "out4");
	dispatch(f, "out", "ipv6", "oifname", "out6");
}

void filter_rules_flush(FILE *f)
{
	for (unsigned k = 0; k < 4; k++)
		fprintf(f, ",{\"flush\":{\"map\":" OPEN ",\"name\":\"%s\"}}}", map_names[k]);
	fprintf(f, ",{\"flush\":{\"set\":" OPEN ",\"name\":\"quiet\"}}}");
}

void filter_rules_use(FILE *f, const char *device, unsigned slot, unsigned chain)
{
	fprintf(f,
		",{\"add\":{\"element\":" OPEN
		",\"name\":\"%s\",\"elem\":[[\"%s\",{\"goto\":{\"target\":\"l%u\"}}]]}}}",
		map_names[slot], device, chain);
}

void filter_rules_quiet(FILE *f, const char *device)
{
	fprintf(f, ",{\"add\":{\"element\":" OPEN ",\"name\":\"quiet\",\"elem\":[\"%s\"]}}}", device);
}

void filter_rules_chain(FILE *f, unsigned chain, const char *verb)
{
	fprintf(f, ",{\"%s\":{\"chain\":" OPEN ",\"name\":\"l%u\"}}}", verb, chain);
}

void filter_rules_counter(FILE *f, uint64_t handle, const char *verb)
{
	char name[FILTER_COUNTER_SIZE];

	fprintf(f, ",{\"%s\":{\"counter\":" OPEN ",\"name\":\"%s\"}}}", verb, filter_rules_counter_name(handle, name));
}

/* --- what an entry matches: each expression with a comma behind ---- */

#define MATCH "{\"match\":{\"op\":\"%s\",\"left\":"

static void header(FILE *f, const char *protocol, const char *field)
{
	fprintf(f, "{\"payload\":{\"protocol\":\"%s\",\"field\":\"%s\"}}", protocol, field);
}

static void match_address(FILE *f, const struct acl_address *a, const char *field)
{
	char address[IP_TEXT_SIZE], mask[IP_TEXT_SIZE];
	struct ip_addr counts = a->wildcard;

	if (a->any)
		return;
	ip_text(&a->address, address);
	fprintf(f, MATCH, "==");
	if (a->address.family == 6) {
		header(f, "ip6", field);
		fprintf(f, ",\"right\":{\"prefix\":{\"addr\":\"%s\",\"len\":%u}}}},", address, a->length);
		return;
	}
	if (a->host) {
		header(f, "ip", field);
	} else {
		for (unsigned k = 0; k < 4; k++)
			counts.octets[k] = (uint8_t)~a->wildcard.octets[k];
		fprintf(f, "{\"&\":[");
		header(f, "ip", field);
		fprintf(f, ",\"%s\"]}", ip_text(&counts, mask));
	}
	fprintf(f, ",\"right\":\"%s\"}},", address);
}

static void match_ports(FILE *f, const struct acl_ports *p, int protocol, const char *field)
{
	static const char *const operators[] = {
		[ACL_PORT_EQ] = "==", [ACL_PORT_NEQ] = "!=",   [ACL_PORT_LT] = "<",
		[ACL_PORT_GT] = ">",  [ACL_PORT_RANGE] = "==",
	};

	if (p->match == ACL_PORT_ANY)
		return;
	fprintf(f, MATCH, operators[p->match]);
	header(f, protocol == IPPROTO_UDP ? "udp" : "tcp", field);
	if (p->match == ACL_PORT_RANGE) {
		fprintf(f, ",\"right\":{\"range\":[%u,%u]}}},", p->ports[0], p->ports[1]);
	} else if (p->count == 1) {
		fprintf(f, ",\"right\":%u}},", p->ports[0]);
	} else {
		fprintf(f, ",\"right\":{\"set\":[");
		for (unsigned k = 0; k < p->count; k++)
			fprintf(f, "%s%u", k ? "," : "", p->ports[k]);
		fprintf(f, "]}}},");
	}
}

/* Bits of some octets of a header: "nh" the network's, "th" the transport's. */
static void match_bits(FILE *f, const char *base, unsigned offset, unsigned bits, unsigned mask, const char *op,
		       unsigned value)
{
	fprintf(f, MATCH "{\"&\":[{\"payload\":{\"base\":\"%s\",\"offset\":%u,\"len\":%u}},%u]},\"right\":%u}},", op,
		base, offset, bits, mask, value);
}

static void match_field(FILE *f, const char *protocol, const char *field, int value)
{
	fprintf(f, MATCH, "==");
	header(f, protocol, field);
	fprintf(f, ",\"right\":%d}},", value);
}

static void match_fragment(FILE *f, bool ipv6)
{
	if (ipv6)
		fprintf(f, MATCH "{\"exthdr\":{\"name\":\"frag\",\"field\":\"frag-off\"}},\"right\":0}},", "!=");
	else
		match_bits(f, "nh", 48, 16, FRAGMENT_OFFSET, "!=", 0);
}

/* What every fragment of a packet has. */
static void match_network(FILE *f, const struct acl *a, const struct acl_entry *e)
{
	const bool ipv6 = a->kind == ACL_IPV6;

	match_address(f, &e->source, "saddr");
	match_address(f, &e->destination, "daddr");
	if (e->protocol != ACL_PROTOCOL_IP)
		fprintf(f, MATCH "{\"meta\":{\"key\":\"l4proto\"}},\"right\":%d}},", "==", e->protocol);
	if (e->dscp >= 0)
		match_field(f, ipv6 ? "ip6" : "ip", "dscp", e->dscp);
	if (e->precedence >= 0)
		match_bits(f, "nh", 8, 8, 0xe0, "==", (unsigned)e->precedence << 5);
	if (e->tos >= 0)
		match_bits(f, "nh", 8, 8, 0x1e, "==", (unsigned)e->tos << 1);
}

static bool looks_behind(const struct acl_entry *e)
{
	return e->source_ports.match || e->destination_ports.match || e->icmp_type >= 0 || e->established ||
	       e->tcp_flags;
}

static void match_transport(FILE *f, const struct acl_entry *e)
{
	match_ports(f, &e->source_ports, e->protocol, "sport");
	match_ports(f, &e->destination_ports, e->protocol, "dport");
	if (e->icmp_type >= 0) /* ICMP, ICMPv6 and IGMP: the first octet */
		match_bits(f, "th", 0, 8, 0xff, "==", (unsigned)e->icmp_type);
	if (e->icmp_type >= 0 && e->icmp_code >= 0)
		match_bits(f, "th", 8, 8, 0xff, "==", (unsigned)e->icmp_code);
	if (e->tcp_flags)
		match_bits(f, "th", 104, 8, e->tcp_flags, "!=", 0);
	if (e->established)
		match_bits(f, "th", 104, 8, ACL_TCP_ACK | ACL_TCP_RST, "!=", 0);
}

/* --- rules ---- */

static void rule_open(FILE *f, unsigned chain)
{
	fprintf(f, ",{\"add\":{\"rule\":" OPEN ",\"chain\":\"l%u\",\"expr\":[", chain);
}

static void rule_close(FILE *f, bool permit)
{
	fprintf(f, "%s]}}}", permit ? "{\"accept\":null}" : "{\"goto\":{\"target\":\"deny\"}}");
}

static void verdict(FILE *f, const struct acl_entry *e)
{
	char name[FILTER_COUNTER_SIZE];

	fprintf(f, "{\"counter\":\"%s\"},", filter_rules_counter_name(e->handle, name));
	rule_close(f, e->permit);
}

/* A rule of its own: what is too much for the log is judged all the same. */
static void log_rule(FILE *f, unsigned chain, const struct acl *a, const struct acl_entry *e)
{
	char name[FILTER_COUNTER_SIZE];

	rule_open(f, chain);
	match_network(f, a, e);
	if (e->fragments)
		match_fragment(f, a->kind == ACL_IPV6);
	match_transport(f, e);
	fprintf(f,
		"{\"limit\":{\"rate\":%d,\"per\":\"second\",\"burst\":%d}},{\"log\":{\"group\":%d,\"prefix\":\"%s\",\"snaplen\":"
		"%d}}]}}}",
		FILTER_LOG_RATE, FILTER_LOG_RATE, FILTER_LOG_GROUP, filter_rules_counter_name(e->handle, name),
		FILTER_LOG_OCTETS);
}

static void rules_of(FILE *f, unsigned chain, const struct acl *a, const struct acl_entry *e)
{
	const bool ipv6 = a->kind == ACL_IPV6;

	if (e->log || e->log_input)
		log_rule(f, chain, a, e);
	rule_open(f, chain);
	match_network(f, a, e);
	if (e->fragments)
		match_fragment(f, ipv6);
	match_transport(f, e);
	verdict(f, e);
	if (!e->permit || !looks_behind(e))
		return;
	rule_open(f, chain);
	match_network(f, a, e);
	match_fragment(f, ipv6);
	verdict(f, e);
}

/* As IOS: unless a list denies it, neighbours find each other. */
static void neighbour_discovery(FILE *f, unsigned chain)
{
	rule_open(f, chain);
	fprintf(f, MATCH "{\"meta\":{\"key\":\"l4proto\"}},\"right\":%d}},", "==", IPPROTO_ICMPV6);
	fprintf(f, MATCH "{\"payload\":{\"base\":\"th\",\"offset\":0,\"len\":8}},\"right\":{\"set\":[135,136]}}},",
		"==");
	rule_close(f, true);
}

void filter_rules_list(FILE *f, unsigned chain, const struct acl *a)
{
	const struct acl_entry *e;

	TAILQ_FOREACH (e, &a->entries, link)
		if (!e->remark)
			rules_of(f, chain, a, e);
	if (a->kind == ACL_IPV6)
		neighbour_discovery(f, chain);
	rule_open(f, chain);
	rule_close(f, false);
}
