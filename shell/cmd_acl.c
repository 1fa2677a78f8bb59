/* access-list, ip access-list and ipv6 access-list: entries typed globally and in modes of their own, and writers. */
#include "shell/acl_grammar.h"
#include "shell/commands.h"
#include "shell/print_acl.h"
#include "shell/running.h"
#include "shell/session.h"

#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* --- entries ---- */

static enum cmd_result out_of_memory(struct session *s)
{
	session_line(s, "%% Not enough memory");
	return CMD_REJECTED;
}

/* A file's entry that is refused may have denied something: without it the list must not permit what it did. */
static enum cmd_result refuse(struct session *s, struct acl *a)
{
	if (session_kind(s) == SESSION_LOADER)
		a->refused = true;
	return CMD_REJECTED;
}

static enum cmd_result add_entry(struct session *s, struct acl *a, const struct acl_entry *e)
{
	switch (acl_add(a, e)) {
	case ACL_ADDED:
	case ACL_THERE_ALREADY: /* as IOS: nothing is said */
		return CMD_OK;
	case ACL_SEQUENCE_TAKEN:
		session_line(s, "%% Duplicate sequence number");
		break;
	case ACL_NO_SEQUENCE:
		session_line(s, "%% Exceeded maximum sequence number");
		break;
	case ACL_NO_MEMORY:
		refuse(s, a);
		return out_of_memory(s);
	}
	return refuse(s, a);
}

static enum cmd_result drop_entry(struct acl *a, const struct acl_entry *e)
{
	struct acl_entry *there = acl_same(a, e);

	if (there)
		acl_drop(a, there);
	return CMD_OK;
}

static enum cmd_result change(struct session *s, struct acl *a, const struct cmd_match *m)
{
	struct acl_entry e;

	if (!acl_entry_take(s, m, a->kind == ACL_IPV6, cmd_of(m)->arg, &e))
		return refuse(s, a);
	return cmd_is_no(m) ? drop_entry(a, &e) : add_entry(s, a, &e);
}

static enum cmd_result change_remark(struct session *s, struct acl *a, const struct cmd_match *m)
{
	char text[ACL_REMARK_SIZE];
	struct acl_entry e = { .remark = text };
	size_t octets;

	snprintf(text, sizeof(text), "%.*s", ACL_REMARK_SIZE - 1, cmd_text(m, "text"));
	for (octets = strlen(text); octets > 0 && text[octets - 1] == ' '; octets--) /* where it was cut */
		text[octets - 1] = '\0';
	return cmd_is_no(m) ? drop_entry(a, &e) : add_entry(s, a, &e);
}

/* --- access-list N ---- */

static void remove_list(struct config *c, bool ipv6, const char *name)
{
	struct acl *a = config_acl_find(c, ipv6, name);

	if (a)
		config_acl_remove(c, a);
}

static struct acl *numbered(struct session *s, const struct cmd_match *m)
{
	const char *name = cmd_text(m, "number");
	enum acl_kind kind;

	return acl_number_kind(name, &kind) ? config_acl_get(session_config(s), kind, name) : NULL;
}

/* `no access-list 101 permit ...` takes all of list 101 away, as on IOS. */
static enum cmd_result set_numbered(struct session *s, const struct cmd_match *m)
{
	struct acl *a;

	if (cmd_is_no(m)) {
		remove_list(session_config(s), false, cmd_text(m, "number"));
		return CMD_OK;
	}
	a = numbered(s, m);
	return a ? change(s, a, m) : out_of_memory(s);
}

static enum cmd_result set_numbered_remark(struct session *s, const struct cmd_match *m)
{
	struct acl *a;

	if (cmd_is_no(m)) {
		remove_list(session_config(s), false, cmd_text(m, "number"));
		return CMD_OK;
	}
	a = numbered(s, m);
	return a ? change_remark(s, a, m) : out_of_memory(s);
}

/* --- ip access-list, ipv6 access-list ---- */

/* A name that begins with a digit is a number, and that must be one of its kind. */
static bool valid_name(struct session *s, enum acl_kind kind, const char *name)
{
	enum acl_kind of_number;

	if (strlen(name) < ACL_NAME_SIZE && (kind == ACL_IPV6 || !isdigit((unsigned char)name[0]) ||
					     (acl_number_kind(name, &of_number) && of_number == kind)))
		return true;
	session_line(s, "%% Invalid access list name.");
	return false;
}

static enum cmd_result enter_list(struct session *s, const struct cmd_match *m)
{
	static const enum cmd_mode modes[] = {
		[ACL_STANDARD] = MODE_STANDARD_ACL,
		[ACL_EXTENDED] = MODE_EXTENDED_ACL,
		[ACL_IPV6] = MODE_IPV6_ACL,
	};
	enum acl_kind kind = (enum acl_kind)cmd_of(m)->arg;
	const char *name = cmd_text(m, "name");
	struct acl *a;

	if (!valid_name(s, kind, name))
		return CMD_REJECTED;
	if (cmd_is_no(m)) {
		a = config_acl_find(session_config(s), kind == ACL_IPV6, name);
		if (a && a->kind == kind)
			config_acl_remove(session_config(s), a);
		return CMD_OK;
	}
	a = config_acl_get(session_config(s), kind, name);
	if (!a)
		return out_of_memory(s);
	if (a->kind != kind) {
		session_line(s, "Access-list type conflicts with prior definition");
		session_line(s, "%% A named %s IP access list with this name already exists",
			     a->kind == ACL_STANDARD ? "Standard" : "Extended");
		return refuse(s, a);
	}
	session_enter(s, modes[kind], name);
	return CMD_OK;
}

static enum cmd_result resequence(struct session *s, const struct cmd_match *m)
{
	const char *name = cmd_text(m, "name");
	struct acl *a = config_acl_find(session_config(s), false, name);

	if (!a) {
		session_line(s, "%% Access list %s does not exist", name);
		return CMD_REJECTED;
	}
	if (!acl_resequence(a, (unsigned)cmd_num(m, "start", 0), (unsigned)cmd_num(m, "step", 0))) {
		session_line(s, "%% Exceeded maximum sequence number");
		return CMD_REJECTED;
	}
	return CMD_OK;
}

/* In a mode: the list, or a word on why it is none of this kind any more. */
static struct acl *current(struct session *s)
{
	struct acl *a = session_acl(s);

	if (!a)
		session_line(s, "Access-list type conflicts with prior definition");
	return a;
}

static enum cmd_result set_entry(struct session *s, const struct cmd_match *m)
{
	struct acl *a = current(s);

	return a ? change(s, a, m) : CMD_REJECTED;
}

static enum cmd_result set_remark(struct session *s, const struct cmd_match *m)
{
	struct acl *a = current(s);

	return a ? change_remark(s, a, m) : CMD_REJECTED;
}

static enum cmd_result drop_sequence(struct session *s, const struct cmd_match *m)
{
	struct acl *a = current(s);
	struct acl_entry *e = a ? acl_at(a, (unsigned)cmd_num(m, "sequence", 0)) : NULL;

	if (e)
		acl_drop(a, e);
	return a ? CMD_OK : CMD_REJECTED;
}

/* --- writing ---- */

/* The entries in a block, or each behind `head`. */
static void write_entries(struct out *o, const struct acl *a, const char *head)
{
	const struct acl_entry *e;
	unsigned expected = ACL_SEQUENCE_STEP;
	char text[ACL_TEXT_SIZE];

	TAILQ_FOREACH (e, &a->entries, link) {
		if (e->remark) {
			out_line(o, "%s remark %s", head, e->remark);
			continue;
		}
		print_acl_entry(a->kind, e, ACL_STYLE_RUNNING, text);
		if (a->kind == ACL_IPV6 && e->sequence != expected)
			out_line(o, " sequence %u %s", e->sequence, text);
		else
			out_line(o, "%s %s", head, text);
		expected = e->sequence + ACL_SEQUENCE_STEP;
	}
}

static void write_block(struct out *o, const struct acl *a)
{
	static const char *const kinds[] = {
		[ACL_STANDARD] = "ip access-list standard",
		[ACL_EXTENDED] = "ip access-list extended",
		[ACL_IPV6] = "ipv6 access-list",
	};

	out_line(o, "%s %s", kinds[a->kind], a->name);
	write_entries(o, a, "");
	write_kept(o, &a->kept, 1);
}

/* Lines that are no entries need the mode in which they were read. */
static bool in_lines(const struct acl *a)
{
	return a->numbered && TAILQ_EMPTY(&a->kept);
}

void write_named_acls(struct out *o, const struct config *c)
{
	const struct acl *a;
	bool any = false;

	TAILQ_FOREACH (a, &c->acls, link) {
		if (in_lines(a))
			continue;
		write_block(o, a);
		any = true;
	}
	if (any)
		out_bangs(o, 1);
}

void write_numbered_acls(struct out *o, const struct config *c)
{
	const struct acl *a;
	char head[ACL_NAME_SIZE + 16];

	TAILQ_FOREACH (a, &c->acls, link) {
		if (!in_lines(a))
			continue;
		snprintf(head, sizeof(head), "access-list %s", a->name);
		write_entries(o, a, head);
	}
}

void write_ipv6_acls(struct out *o, const struct config *c)
{
	const struct acl *a;

	TAILQ_FOREACH (a, &c->acls6, link) {
		write_block(o, a);
		out_bangs(o, 1);
	}
}

/* --- the table ---- */

/* What stands before an entry: the number, the sequence, permit or deny. */
enum head { HEAD, HEAD_SEQUENCE, HEAD_ACTION, HEAD_END };

#define NODE(end_, ...)                                                                                                \
	{                                                                                                              \
		.edges = (const struct cmd_edge[]){ __VA_ARGS__ },                                                     \
		.count = sizeof((const struct cmd_edge[]){ __VA_ARGS__ }) / sizeof(struct cmd_edge), .end = (end_)     \
	}
#define STANDARD_NUMBERS(to)                                                                                           \
	{ NUM("number", 1, 99, "IP standard access list"), to },                                                       \
	{                                                                                                              \
		NUM("number", 1300, 1999, "IP standard access list (expanded range)"), to                              \
	}
#define EXTENDED_NUMBERS(to)                                                                                           \
	{ NUM("number", 100, 199, "IP extended access list"), to },                                                    \
	{                                                                                                              \
		NUM("number", 2000, 2699, "IP extended access list (expanded range)"), to                              \
	}
#define ACTION                                                                                                         \
	{                                                                                                              \
		PICK("action", acl_actions), HEAD_END                                                                  \
	}
#define SEQUENCE(to)                                                                                                   \
	{                                                                                                              \
		NUM("sequence", 1, ACL_SEQUENCE_MAX, "Sequence Number"), to                                            \
	}

static const struct cmd_node any_number[] = {
	[HEAD] = NODE(false, STANDARD_NUMBERS(HEAD_END), EXTENDED_NUMBERS(HEAD_END)),
	[HEAD_END] = { .end = true },
};

static const struct cmd_node standard_head[] = {
	[HEAD] = NODE(false, STANDARD_NUMBERS(HEAD_ACTION)),
	[HEAD_ACTION] = NODE(false, ACTION),
	[HEAD_END] = { .end = true },
};

static const struct cmd_node extended_head[] = {
	[HEAD] = NODE(false, EXTENDED_NUMBERS(HEAD_SEQUENCE)),
	[HEAD_SEQUENCE] = NODE(false, ACTION, SEQUENCE(HEAD_ACTION)),
	[HEAD_ACTION] = NODE(false, ACTION),
	[HEAD_END] = { .end = true },
};

static const struct cmd_node entry_head[] = {
	[HEAD] = NODE(false, ACTION, SEQUENCE(HEAD_ACTION)),
	[HEAD_ACTION] = NODE(false, ACTION),
	[HEAD_END] = { .end = true },
};

static const struct cmd_choice sequence_keyword[] = { { "sequence", "Sequence number for this entry", 0 }, { 0 } };

static const struct cmd_node entry6_head[] = {
	[HEAD] = NODE(false, ACTION, { PICK("sequenced", sequence_keyword), HEAD_SEQUENCE }),
	[HEAD_SEQUENCE] = NODE(false, SEQUENCE(HEAD_ACTION)),
	[HEAD_ACTION] = NODE(false, ACTION),
	[HEAD_END] = { .end = true },
};

#define NEGATABLE  15, CMD_NO
#define IP         KW("ip", "Global IP configuration subcommands")
#define IPV6       KW("ipv6", "Global IPv6 configuration commands")
#define NUMBERED   KW("access-list", "Add an access list entry")
#define NAMED      KW("access-list", "Named access-list")
#define NAMED6     KW("access-list", "Configure access lists")
#define STANDARD   KW("standard", "Standard Access List")
#define EXTENDED   KW("extended", "Extended Access List")
#define RESEQUENCE KW("resequence", "Resequence Access List")
#define REMARK     KW("remark", "Access list entry comment"), LINE("text", "Comment up to 100 characters")
#define NAME       WORD("name", "Access-list name")
#define P_IP       KW("ip", "Any Internet Protocol")
#define P_IPV6     KW("ipv6", "Any IPv6")
#define P_TCP      KW("tcp", "Transmission Control Protocol")
#define P_UDP      KW("udp", "User Datagram Protocol")
#define P_ICMP     KW("icmp", "Internet Control Message Protocol")
#define P_IGMP     KW("igmp", "Internet Gateway Message Protocol")
#define P_OTHER    PICK("protocol", acl_protocols)
#define P_OTHER6   PICK("protocol", acl_protocols6)
#define P_NUMBER   NUM("protocol", 0, 255, "An IP protocol number")
#define P_NUMBER6  NUM("protocol", 0, 255, "An IPv6 protocol number")
#define START                                                                                                          \
	NUM("start", 1, ACL_SEQUENCE_MAX, "Starting Sequence Number"),                                                 \
		NUM("step", 1, ACL_SEQUENCE_MAX, "Step to increment the sequence number")

/* One row per kind of protocol; `...` is what stands before. */
#define EXTENDED_ROWS(mode, handler, ...)                                                                              \
	{ mode, NEGATABLE, { __VA_ARGS__, P_IP, GRAPH(acl_ip), OPTS(acl_ip_opts) }, handler, ACL_PROTOCOL_IP },        \
		{ mode, NEGATABLE, { __VA_ARGS__, P_TCP, GRAPH(acl_tcp), OPTS(acl_tcp_opts) }, handler, IPPROTO_TCP }, \
		{ mode, NEGATABLE, { __VA_ARGS__, P_UDP, GRAPH(acl_udp), OPTS(acl_ip_opts) }, handler, IPPROTO_UDP },  \
		{ mode,                                                                                                \
		  NEGATABLE,                                                                                           \
		  { __VA_ARGS__, P_ICMP, GRAPH(acl_icmp), OPTS(acl_ip_opts) },                                         \
		  handler,                                                                                             \
		  IPPROTO_ICMP },                                                                                      \
		{ mode,                                                                                                \
		  NEGATABLE,                                                                                           \
		  { __VA_ARGS__, P_IGMP, GRAPH(acl_igmp), OPTS(acl_ip_opts) },                                         \
		  handler,                                                                                             \
		  IPPROTO_IGMP },                                                                                      \
		{ mode, NEGATABLE, { __VA_ARGS__, P_OTHER, GRAPH(acl_ip), OPTS(acl_ip_opts) }, handler },              \
	{                                                                                                              \
		mode, NEGATABLE, { __VA_ARGS__, P_NUMBER, GRAPH(acl_ip), OPTS(acl_ip_opts) }, handler                  \
	}

#define ENTRY6 MODE_IPV6_ACL, NEGATABLE

static const struct cmd acl_cmds[] = {
	{ MODE_CONFIG, 15, CMD_NO | CMD_ONLY_NO, { NUMBERED, GRAPH(any_number) }, set_numbered },
	{ MODE_CONFIG, NEGATABLE, { NUMBERED, GRAPH(any_number), REMARK }, set_numbered_remark },
	{ MODE_CONFIG,
	  NEGATABLE,
	  { NUMBERED, GRAPH(standard_head), GRAPH(acl_source), OPTS(acl_standard_opts) },
	  set_numbered,
	  ACL_PROTOCOL_IP },
	EXTENDED_ROWS(MODE_CONFIG, set_numbered, NUMBERED, GRAPH(extended_head)),

	{ MODE_CONFIG,
	  NEGATABLE,
	  { IP, NAMED, STANDARD, NUM("name", 1, 99, "Standard IP access-list number") },
	  enter_list,
	  ACL_STANDARD },
	{ MODE_CONFIG,
	  NEGATABLE,
	  { IP, NAMED, STANDARD, NUM("name", 1300, 1999, "Standard IP access-list number (expanded range)") },
	  enter_list,
	  ACL_STANDARD },
	{ MODE_CONFIG, NEGATABLE, { IP, NAMED, STANDARD, NAME }, enter_list, ACL_STANDARD },
	{ MODE_CONFIG,
	  NEGATABLE,
	  { IP, NAMED, EXTENDED, NUM("name", 100, 199, "Extended IP access-list number") },
	  enter_list,
	  ACL_EXTENDED },
	{ MODE_CONFIG,
	  NEGATABLE,
	  { IP, NAMED, EXTENDED, NUM("name", 2000, 2699, "Extended IP access-list number (expanded range)") },
	  enter_list,
	  ACL_EXTENDED },
	{ MODE_CONFIG, NEGATABLE, { IP, NAMED, EXTENDED, NAME }, enter_list, ACL_EXTENDED },
	{ MODE_CONFIG, 15, 0, { IP, NAMED, RESEQUENCE, NAME, START }, resequence },
	{ MODE_CONFIG,
	  NEGATABLE,
	  { IPV6, NAMED6, WORD("name", "User selected string identifying this access list") },
	  enter_list,
	  ACL_IPV6 },

	{ MODE_STANDARD_ACL,
	  NEGATABLE,
	  { GRAPH(entry_head), GRAPH(acl_source), OPTS(acl_standard_opts) },
	  set_entry,
	  ACL_PROTOCOL_IP },
	{ MODE_STANDARD_ACL,
	  15,
	  CMD_NO | CMD_ONLY_NO,
	  { NUM("sequence", 1, ACL_SEQUENCE_MAX, "Sequence Number") },
	  drop_sequence },
	{ MODE_STANDARD_ACL, NEGATABLE, { REMARK }, set_remark },

	EXTENDED_ROWS(MODE_EXTENDED_ACL, set_entry, GRAPH(entry_head)),
	{ MODE_EXTENDED_ACL,
	  15,
	  CMD_NO | CMD_ONLY_NO,
	  { NUM("sequence", 1, ACL_SEQUENCE_MAX, "Sequence Number") },
	  drop_sequence },
	{ MODE_EXTENDED_ACL, NEGATABLE, { REMARK }, set_remark },

	{ ENTRY6, { GRAPH(entry6_head), P_IPV6, GRAPH(acl_ipv6), OPTS(acl_ipv6_opts) }, set_entry, ACL_PROTOCOL_IP },
	{ ENTRY6, { GRAPH(entry6_head), P_TCP, GRAPH(acl_tcp6), OPTS(acl_tcp6_opts) }, set_entry, IPPROTO_TCP },
	{ ENTRY6, { GRAPH(entry6_head), P_UDP, GRAPH(acl_udp6), OPTS(acl_ipv6_opts) }, set_entry, IPPROTO_UDP },
	{ ENTRY6, { GRAPH(entry6_head), P_ICMP, GRAPH(acl_icmp6), OPTS(acl_ipv6_opts) }, set_entry, IPPROTO_ICMPV6 },
	{ ENTRY6, { GRAPH(entry6_head), P_OTHER6, GRAPH(acl_ipv6), OPTS(acl_ipv6_opts) }, set_entry },
	{ ENTRY6, { GRAPH(entry6_head), P_NUMBER6, GRAPH(acl_ipv6), OPTS(acl_ipv6_opts) }, set_entry },
	{ MODE_IPV6_ACL,
	  15,
	  CMD_NO | CMD_ONLY_NO,
	  { KW("sequence", "Sequence number for this entry"), NUM("sequence", 1, ACL_SEQUENCE_MAX, "Sequence Number") },
	  drop_sequence },
	{ MODE_IPV6_ACL, NEGATABLE, { REMARK }, set_remark },
};

const struct cmd_table cmd_acl_table = CMD_TABLE(acl_cmds);
