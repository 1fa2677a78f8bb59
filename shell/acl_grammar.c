/*
 * Which word may follow which in an entry of an access list: source, its ports, destination, its ports or an ICMP type.
 * Arguments are named by the end they belong to: "source", "source-wildcard", "source-any", "source-eq", ...
 */
#include "shell/acl_grammar.h"

const struct cmd_choice acl_actions[] = {
	{ "deny", "Specify packets to reject", false },
	{ "permit", "Specify packets to forward", true },
	{ 0 },
};

#define ONE(id, keyword, help) static const struct cmd_choice id[] = { { keyword, help, 0 }, { 0 } }
ONE(any_source, "any", "Any source host");
ONE(host_source, "host", "A single source host");
ONE(any_destination, "any", "Any destination host");
ONE(host_destination, "host", "A single destination host");
ONE(any_source6, "any", "Any source prefix");
ONE(any_destination6, "any", "Any destination prefix");
ONE(op_eq, "eq", "Match only packets on a given port number");
ONE(op_gt, "gt", "Match only packets with a greater port number");
ONE(op_lt, "lt", "Match only packets with a lower port number");
ONE(op_neq, "neq", "Match only packets not on a given port number");
ONE(op_range, "range", "Match only packets in the range of port numbers");

/* The places of every graph here; those of ports are missing where there are none. */
enum place {
	SOURCE,
	SOURCE_HOST,
	SOURCE_WILDCARD,
	BEHIND_SOURCE, /* a port or the destination */
	SOURCE_PORTS,
	SOURCE_MORE_PORTS,
	SOURCE_PORT,
	SOURCE_FROM,
	SOURCE_TO,
	DESTINATION,
	DESTINATION_HOST,
	DESTINATION_WILDCARD,
	BEHIND_DESTINATION,
	DESTINATION_PORTS,
	DESTINATION_MORE_PORTS,
	DESTINATION_PORT,
	DESTINATION_FROM,
	DESTINATION_TO,
	ICMP_CODE,
	LAST
};

#define NODE(end_, ...)                                                                                                \
	{                                                                                                              \
		.edges = (const struct cmd_edge[]){ __VA_ARGS__ },                                                     \
		.count = sizeof((const struct cmd_edge[]){ __VA_ARGS__ }) / sizeof(struct cmd_edge), .end = (end_)     \
	}

#define SOURCE_EDGES                                                                                                   \
	{ PICK("source-any", any_source), BEHIND_SOURCE }, { PICK("source-host", host_source), SOURCE_HOST },          \
	{                                                                                                              \
		IP4("source", "Source address"), SOURCE_WILDCARD                                                       \
	}
#define DESTINATION_EDGES                                                                                              \
	{ PICK("destination-any", any_destination), BEHIND_DESTINATION },                                              \
		{ PICK("destination-host", host_destination), DESTINATION_HOST },                                      \
	{                                                                                                              \
		IP4("destination", "Destination address"), DESTINATION_WILDCARD                                        \
	}
#define SOURCE_EDGES6                                                                                                  \
	{ PICK("source-any", any_source6), BEHIND_SOURCE }, { PICK("source-host", host_source), SOURCE_HOST },         \
	{                                                                                                              \
		IP6PREFIX("source-prefix", "Source IPv6 prefix x:x::y/<z>"), BEHIND_SOURCE                             \
	}
#define DESTINATION_EDGES6                                                                                             \
	{ PICK("destination-any", any_destination6), BEHIND_DESTINATION },                                             \
		{ PICK("destination-host", host_destination), DESTINATION_HOST },                                      \
	{                                                                                                              \
		IP6PREFIX("destination-prefix", "Destination IPv6 prefix x:x::y/<z>"), BEHIND_DESTINATION              \
	}
#define OPERATORS(end, MANY, SINGLE, FROM)                                                                             \
	{ PICK(end "-eq", op_eq), MANY }, { PICK(end "-gt", op_gt), SINGLE }, { PICK(end "-lt", op_lt), SINGLE },      \
		{ PICK(end "-neq", op_neq), MANY },                                                                    \
	{                                                                                                              \
		PICK(end "-range", op_range), FROM                                                                     \
	}
#define PORT(end, names, to)                                                                                           \
	{ NUM(end "-port", 0, 65535, "Port number"), to },                                                             \
	{                                                                                                              \
		PICK(end "-port", names), to                                                                           \
	}

#define ADDRESSES4                                                                                                     \
	[SOURCE] = NODE(false, SOURCE_EDGES),                                                                          \
	[SOURCE_HOST] = NODE(false, { IP4("source", "Source address"), BEHIND_SOURCE }),                               \
	[SOURCE_WILDCARD] = NODE(false, { IP4("source-wildcard", "Source wildcard bits"), BEHIND_SOURCE }),            \
	[DESTINATION] = NODE(false, DESTINATION_EDGES),                                                                \
	[DESTINATION_HOST] = NODE(false, { IP4("destination", "Destination address"), BEHIND_DESTINATION }),           \
	[DESTINATION_WILDCARD] =                                                                                       \
		NODE(false, { IP4("destination-wildcard", "Destination wildcard bits"), BEHIND_DESTINATION })
#define ADDRESSES6                                                                                                     \
	[SOURCE] = NODE(false, SOURCE_EDGES6),                                                                         \
	[SOURCE_HOST] = NODE(false, { IP6("source", "Source IPv6 address"), BEHIND_SOURCE }),                          \
	[DESTINATION] = NODE(false, DESTINATION_EDGES6),                                                               \
	[DESTINATION_HOST] = NODE(false, { IP6("destination", "Destination IPv6 address"), BEHIND_DESTINATION })

#define PORTS(destinations, names)                                                                                     \
	[BEHIND_SOURCE] = NODE(false, destinations, OPERATORS("source", SOURCE_PORTS, SOURCE_PORT, SOURCE_FROM)),      \
	[SOURCE_PORTS] = NODE(false, PORT("source", names, SOURCE_MORE_PORTS)),                                        \
	[SOURCE_MORE_PORTS] = NODE(false, PORT("source", names, SOURCE_MORE_PORTS), destinations),                     \
	[SOURCE_PORT] = NODE(false, PORT("source", names, DESTINATION)),                                               \
	[SOURCE_FROM] = NODE(false, PORT("source", names, SOURCE_TO)),                                                 \
	[SOURCE_TO] = NODE(false, PORT("source", names, DESTINATION)),                                                 \
	[BEHIND_DESTINATION] =                                                                                         \
		NODE(true, OPERATORS("destination", DESTINATION_PORTS, DESTINATION_PORT, DESTINATION_FROM)),           \
	[DESTINATION_PORTS] = NODE(false, PORT("destination", names, DESTINATION_MORE_PORTS)),                         \
	[DESTINATION_MORE_PORTS] = NODE(true, PORT("destination", names, DESTINATION_MORE_PORTS)),                     \
	[DESTINATION_PORT] = NODE(false, PORT("destination", names, LAST)),                                            \
	[DESTINATION_FROM] = NODE(false, PORT("destination", names, DESTINATION_TO)),                                  \
	[DESTINATION_TO] = NODE(false, PORT("destination", names, LAST)), [LAST] = { .end = true }

#define ICMP(names)                                                                                                    \
	[BEHIND_DESTINATION] = NODE(true, { NUM("icmp-type", 0, 255, "ICMP message type"), ICMP_CODE },                \
				    { PICK("icmp", names), LAST }),                                                    \
	[ICMP_CODE] = NODE(true, { NUM("icmp-code", 0, 255, "ICMP message code"), LAST }), [LAST] = { .end = true }

const struct cmd_node acl_ip[] = {
	ADDRESSES4,
	[BEHIND_SOURCE] = NODE(false, DESTINATION_EDGES),
	[BEHIND_DESTINATION] = { .end = true },
};

const struct cmd_node acl_tcp[] = { ADDRESSES4, PORTS(DESTINATION_EDGES, acl_tcp_ports) };
const struct cmd_node acl_udp[] = { ADDRESSES4, PORTS(DESTINATION_EDGES, acl_udp_ports) };

const struct cmd_node acl_icmp[] = {
	ADDRESSES4,
	[BEHIND_SOURCE] = NODE(false, DESTINATION_EDGES),
	ICMP(acl_icmp_names),
};

const struct cmd_node acl_igmp[] = {
	ADDRESSES4,
	[BEHIND_SOURCE] = NODE(false, DESTINATION_EDGES),
	[BEHIND_DESTINATION] = NODE(true, { PICK("igmp", acl_igmp_names), LAST }),
	[LAST] = { .end = true },
};

const struct cmd_node acl_ipv6[] = {
	ADDRESSES6,
	[BEHIND_SOURCE] = NODE(false, DESTINATION_EDGES6),
	[BEHIND_DESTINATION] = { .end = true },
};

const struct cmd_node acl_tcp6[] = { ADDRESSES6, PORTS(DESTINATION_EDGES6, acl_tcp_ports) };
const struct cmd_node acl_udp6[] = { ADDRESSES6, PORTS(DESTINATION_EDGES6, acl_udp_ports) };

const struct cmd_node acl_icmp6[] = {
	ADDRESSES6,
	[BEHIND_SOURCE] = NODE(false, DESTINATION_EDGES6),
	ICMP(acl_icmp6_names),
};

/* A bare address is a host's. */
const struct cmd_node acl_source[] = {
	[SOURCE] = NODE(false, { PICK("source-any", any_source), BEHIND_SOURCE },
			{ PICK("source-host", host_source), SOURCE_HOST },
			{ IP4("source", "Address to match"), SOURCE_WILDCARD }),
	[SOURCE_HOST] = NODE(false, { IP4("source", "Host address"), BEHIND_SOURCE }),
	[SOURCE_WILDCARD] = NODE(true, { IP4("source-wildcard", "Wildcard bits"), BEHIND_SOURCE }),
	[BEHIND_SOURCE] = { .end = true },
};

/* --- what may stand behind them, in any order ---- */

static const struct tok dscp_number = NUM("dscp", 0, 63, "Differentiated services codepoint value");
static const struct tok dscp_name = PICK("dscp", acl_dscp_names);
static const struct tok precedence_number = NUM("precedence", 0, 7, "Precedence value");
static const struct tok precedence_name = PICK("precedence", acl_precedence_names);
static const struct tok tos_number = NUM("tos", 0, 15, "Type of service value");
static const struct tok tos_name = PICK("tos", acl_tos_names);
static const struct tok sequence = NUM("sequence", 1, ACL_SEQUENCE_MAX, "Sequence number for this entry");

#define LOG                                                                                                            \
	{                                                                                                              \
		"log", "log", "Log matches against this entry", NULL                                                   \
	}
#define LOG_INPUT                                                                                                      \
	{                                                                                                              \
		"log-input", "log-input", "Log matches against this entry, including input interface", NULL            \
	}
#define DSCP                                                                                                           \
	{ "dscp", "dscp", "Match packets with given dscp value", &dscp_number },                                       \
	{                                                                                                              \
		"dscp", "dscp", "Match packets with given dscp value", &dscp_name                                      \
	}
#define FRAGMENTS                                                                                                      \
	{                                                                                                              \
		"fragments", "fragments", "Check non-initial fragments", NULL                                          \
	}
#define PRECEDENCE_TOS                                                                                                 \
	{ "precedence", "precedence", "Match packets with given precedence value", &precedence_number },               \
		{ "precedence", "precedence", "Match packets with given precedence value", &precedence_name },         \
		{ "tos", "tos", "Match packets with given TOS value", &tos_number },                                   \
	{                                                                                                              \
		"tos", "tos", "Match packets with given TOS value", &tos_name                                          \
	}
#define TCP_FLAGS                                                                                                      \
	{ "ack", "ack", "Match on the ACK bit", NULL },                                                                \
		{ "established", "established", "Match established connections", NULL },                               \
		{ "fin", "fin", "Match on the FIN bit", NULL }, { "psh", "psh", "Match on the PSH bit", NULL },        \
		{ "rst", "rst", "Match on the RST bit", NULL }, { "syn", "syn", "Match on the SYN bit", NULL },        \
	{                                                                                                              \
		"urg", "urg", "Match on the URG bit", NULL                                                             \
	}
#define SEQUENCE                                                                                                       \
	{                                                                                                              \
		"sequence", "sequence", "Sequence number for this entry", &sequence                                    \
	}

const struct cmd_opt acl_standard_opts[] = { LOG, { 0 } };
const struct cmd_opt acl_ip_opts[] = { DSCP, FRAGMENTS, LOG, LOG_INPUT, PRECEDENCE_TOS, { 0 } };
const struct cmd_opt acl_tcp_opts[] = { DSCP, FRAGMENTS, LOG, LOG_INPUT, PRECEDENCE_TOS, TCP_FLAGS, { 0 } };
const struct cmd_opt acl_ipv6_opts[] = { DSCP, FRAGMENTS, LOG, LOG_INPUT, SEQUENCE, { 0 } };
const struct cmd_opt acl_tcp6_opts[] = { DSCP, FRAGMENTS, LOG, LOG_INPUT, SEQUENCE, TCP_FLAGS, { 0 } };
