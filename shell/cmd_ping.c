/* ping: the one-line forms and the dialogs of the bare command. */
#include "shell/ask_values.h"
#include "shell/commands_show.h"
#include "shell/ping.h"
#include "shell/resolve.h"
#include "shell/session.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ANY, ONLY_IPV4 = 4, ONLY_IPV6 = 6 }; /* a row's arg */

/* --- the target ---- */

/* "FE80::23:3%Tunnel23" names the interface; a link-local target without one asks for it. */
static bool read_target(struct session *s, const char *text, int family, struct ping *p)
{
	char addr[IP_TEXT_SIZE + CONFIG_IFNAME_SIZE];
	struct ip_addr target;
	char *percent;

	snprintf(addr, sizeof(addr), "%s", text);
	percent = strchr(addr, '%');
	if (percent)
		*percent++ = '\0';
	if (strlen(text) >= sizeof(addr) || !resolve_host(s, addr, (unsigned)family, &target)) {
		session_line(s, "%% Unrecognized host or address, or protocol not running.");
		return false;
	}
	*p = ping_defaults(&target);
	return !percent || take_output_interface(s, percent, p->output_if);
}

/* "0xABCD", "ABCD" */
static bool read_pattern(const char *text, struct ping *p)
{
	char *end;
	unsigned long n;

	if (!isxdigit((unsigned char)*text))
		return false;
	errno = 0;
	n = strtoul(text, &end, 16);
	if (errno || *end || n > UINT16_MAX)
		return false;
	p->patterned = true;
	p->pattern = (uint16_t)n;
	return true;
}

static bool needs_interface(const struct ping *p)
{
	return ip_is_link_local(&p->target) && !*p->output_if;
}

static enum cmd_result ping_one_line(struct session *s, const struct cmd_match *m)
{
	struct ping p;

	if (!read_target(s, cmd_text(m, "target"), cmd_of(m)->arg, &p))
		return CMD_REJECTED;
	if (cmd_text(m, "source-if"))
		snprintf(p.source_if, sizeof(p.source_if), "%s", cmd_text(m, "source-if"));
	cmd_addr(m, "source", &p.source);
	p.repeat = (unsigned)cmd_num(m, "repeat", ip_is_multicast(&p.target) ? 1 : PING_REPEAT);
	p.size = (unsigned)cmd_num(m, "size", PING_SIZE);
	if (p.target.family == 6 && p.size < PING_SIZE_MIN_6)
		p.size = PING_SIZE_MIN_6;
	p.timeout_s = (unsigned)cmd_num(m, "timeout", PING_TIMEOUT_S);
	p.df = cmd_has(m, "df-bit");
	p.validate = cmd_has(m, "validate");
	if (cmd_text(m, "data") && !read_pattern(cmd_text(m, "data"), &p)) {
		session_line(s, "%% Data pattern must be a hexadecimal number between 0x0 and 0xFFFF");
		return CMD_REJECTED;
	}
	if (needs_interface(&p) && !ask_output_interface(s, p.output_if))
		return CMD_REJECTED;
	return ping_run(s, &p) ? CMD_OK : CMD_REJECTED;
}

/* --- the dialogs: each question again until its answer will do; false when the user gave up ---- */

static bool ask_source(struct session *s, struct ping *p)
{
	char answer[CONFIG_IFNAME_SIZE + IP_TEXT_SIZE];

	for (;;) {
		struct netif_ping path;
		enum if_type type;

		if (!session_ask(s, "Source address or interface: ", false, answer, sizeof(answer)))
			return false;
		p->source = (struct ip_addr){ 0 };
		*p->source_if = '\0';
		if (!*answer)
			return true;
		if (ip_parse(answer, &p->source) ? p->source.family == p->target.family
						 : ifname_canonical(answer, p->source_if, &type))
			if (ping_prepare(s, p, &path) != -EADDRNOTAVAIL)
				return true;
		session_line(s, "%% Invalid source");
	}
}

static bool ask_sweep(struct session *s, const char *prompt, unsigned min, struct ping *p)
{
	unsigned interval = 1, from = min, to = PING_SIZE_MAX;
	bool yes;

	if (!ask_yes_no(s, prompt, &yes))
		return false;
	if (!yes)
		return true;
	if (!ask_number(s, "Sweep min size", min, PING_SIZE_MAX, &from) ||
	    !ask_number(s, "Sweep max size", from, PING_SIZE_MAX, &to) ||
	    !ask_number(s, "Sweep interval", 1, PING_SIZE_MAX, &interval))
		return false;
	p->size = from;
	p->sweep_max = to;
	p->sweep_interval = interval;
	return true;
}

static bool ask_common(struct session *s, const char *prompt, int family, struct ping *p)
{
	char answer[IP_TEXT_SIZE + CONFIG_IFNAME_SIZE];

	if (!session_ask(s, prompt, false, answer, sizeof(answer)))
		return false;
	if (!*answer) {
		session_line(s, "%% Bad IP address");
		return false;
	}
	return read_target(s, answer, family, p) && ask_number(s, "Repeat count", 1, INT32_MAX, &p->repeat) &&
	       ask_number(s, "Datagram size", family == 6 ? PING_SIZE_MIN_6 : PING_SIZE_MIN, PING_SIZE_MAX, &p->size) &&
	       ask_number(s, "Timeout in seconds", 0, 3600, &p->timeout_s);
}

static bool ask_pattern(struct session *s, struct ping *p)
{
	char answer[16];

	for (;;) {
		if (!session_ask(s, "Data pattern [0xABCD]: ", false, answer, sizeof(answer)))
			return false;
		if (!*answer || read_pattern(answer, p))
			return true;
		session_line(s, "%% A hexadecimal number between 0x0 and 0xFFFF.");
	}
}

/* Asked again until nothing more is wanted; what is chosen stands in the brackets. Recording needs to be shown. */
static bool ask_options(struct session *s, struct ping *p)
{
	char prompt[80], answer[32];

	for (;;) {
		snprintf(prompt, sizeof(prompt),
			 "Loose, Strict, Record, Timestamp, Verbose[%s%s]: ", p->record_slots ? "R" : "",
			 p->verbose ? "V" : "none");
		if (!session_ask(s, prompt, false, answer, sizeof(answer)))
			return false;
		if (!*answer || strcasecmp(answer, "none") == 0)
			return true;
		if (strncasecmp(answer, "record", strlen(answer)) == 0) {
			p->record_slots = NETIF_RECORD_SLOTS;
			p->verbose = true;
			if (!ask_number(s, "Number of hops", 1, NETIF_RECORD_SLOTS, &p->record_slots))
				return false;
		} else if (strncasecmp(answer, "verbose", strlen(answer)) == 0) {
			p->verbose = true;
		} else {
			session_line(s, "%% Only Record and Verbose are supported here.");
		}
	}
}

static bool ask_tos(struct session *s, struct ping *p)
{
	unsigned tos = 0;

	if (!ask_number(s, "Type of service", 0, UINT8_MAX, &tos))
		return false;
	p->tos = (uint8_t)tos;
	return true;
}

static bool dialog_ipv4(struct session *s, struct ping *p)
{
	bool extended;

	if (!ask_common(s, "Target IP address: ", 4, p) || !ask_yes_no(s, "Extended commands [n]: ", &extended))
		return false;
	if (extended &&
	    (!ask_source(s, p) || !ask_tos(s, p) || !ask_yes_no(s, "Set DF bit in IP header? [no]: ", &p->df) ||
	     !ask_yes_no(s, "Validate reply data? [no]: ", &p->validate) || !ask_pattern(s, p) || !ask_options(s, p)))
		return false;
	return ask_sweep(s, "Sweep range of sizes [n]: ", PING_SIZE_MIN, p);
}

/* RFC 2474 3: both say what the traffic class is; a DSCP has the last word. */
static bool ask_class(struct session *s, struct ping *p)
{
	unsigned precedence = 0, dscp = 0;

	if (!ask_number(s, "Precedence", 0, 7, &precedence) || !ask_number(s, "DSCP", 0, 63, &dscp))
		return false;
	p->tos = (uint8_t)(dscp ? dscp << 2 : precedence << 5);
	return true;
}

static bool dialog_ipv6(struct session *s, struct ping *p)
{
	bool extended;

	if (!ask_common(s, "Target IPv6 address: ", 6, p) || !ask_yes_no(s, "Extended commands? [no]: ", &extended))
		return false;
	if (extended && (!ask_source(s, p) || !ask_only(s, "UDP protocol? [no]: ", "no") ||
			 !ask_yes_no(s, "Verbose? [no]: ", &p->verbose) || !ask_class(s, p) ||
			 !ask_yes_no(s, "Include hop by hop option? [no]: ", &p->hop_options) ||
			 !ask_yes_no(s, "Include destination option? [no]: ", &p->destination_options)))
		return false;
	if (!ask_sweep(s, "Sweep range of sizes? [no]: ", PING_SIZE_MIN_6, p))
		return false;
	return !needs_interface(p) || ask_output_interface(s, p->output_if);
}

static enum cmd_result ping_dialog(struct session *s, const struct cmd_match *m)
{
	int protocol = cmd_of(m)->arg == ANY ? ask_protocol(s, "ping") : cmd_of(m)->arg;
	struct ping p = { 0 };

	if (protocol == ANY || !(protocol == ONLY_IPV4 ? dialog_ipv4(s, &p) : dialog_ipv6(s, &p)))
		return CMD_REJECTED;
	return ping_run(s, &p) ? CMD_OK : CMD_REJECTED;
}

/* --- the table ---- */

static const struct tok repeat_count = NUM("repeat", 1, INT32_MAX, "Repeat count");
static const struct tok datagram_size = NUM("size", PING_SIZE_MIN, PING_SIZE_MAX, "Datagram size");
static const struct tok datagram_size_6 = NUM("size", PING_SIZE_MIN_6, PING_SIZE_MAX, "Datagram size");
static const struct tok data_pattern = {
	.kind = TOK_WORD, .name = "data", .help = "data pattern", .metavar = "<0-FFFF>"
};
static const struct tok timeout = NUM("timeout", 0, 3600, "timeout interval in seconds");
static const struct tok source_ifname = IFNAME("source-if", "Interface");
static const struct tok source_ipv4 = IP4("source", "source address");
static const struct tok source_ipv6 = IP6("source", "source address");

#define REPEAT                                                                                                         \
	{                                                                                                              \
		"repeat", "repeat", "specify repeat count", &repeat_count                                              \
	}
#define SIZE(token)                                                                                                    \
	{                                                                                                              \
		"size", "size", "specify datagram size", &(token)                                                      \
	}
#define TIMEOUT                                                                                                        \
	{                                                                                                              \
		"timeout", "timeout", "specify timeout interval", &timeout                                             \
	}
#define SOURCE_IF                                                                                                      \
	{                                                                                                              \
		"source-if", "source", "specify source address or name", &source_ifname                                \
	}
#define SOURCE_IPV4                                                                                                    \
	{                                                                                                              \
		"source", "source", "specify source address or name", &source_ipv4                                     \
	}
#define SOURCE_IPV6                                                                                                    \
	{                                                                                                              \
		"source", "source", "specify source address or name", &source_ipv6                                     \
	}
#define DATA                                                                                                           \
	{                                                                                                              \
		"data", "data", "specify data pattern", &data_pattern                                                  \
	}
#define VALIDATE                                                                                                       \
	{                                                                                                              \
		"validate", "validate", "validate reply data", NULL                                                    \
	}
#define DF_BIT                                                                                                         \
	{                                                                                                              \
		"df-bit", "df-bit", "enable do not fragment bit in IP header", NULL                                    \
	}

static const struct cmd_opt options[] = {
	REPEAT,   SIZE(datagram_size),        TIMEOUT, SOURCE_IF, SOURCE_IPV4, SOURCE_IPV6, DF_BIT, DATA,
	VALIDATE, { NULL, NULL, NULL, NULL },
};
static const struct cmd_opt ipv4_options[] = {
	REPEAT,   SIZE(datagram_size),        TIMEOUT, SOURCE_IF, SOURCE_IPV4, DF_BIT, DATA,
	VALIDATE, { NULL, NULL, NULL, NULL },
};
static const struct cmd_opt ipv6_options[] = {
	REPEAT, SIZE(datagram_size_6), TIMEOUT, SOURCE_IF, SOURCE_IPV6, DATA, VALIDATE, { NULL, NULL, NULL, NULL },
};

#define PING_ROW(privilege_, handler_, family_, ...)                                                                   \
	{                                                                                                              \
		.mode = MODE_EXEC, .privilege = (privilege_), .flags = CMD_UNLOCKED,                                   \
		.tokens = { KW("ping", "Send echo messages"), __VA_ARGS__ }, .handler = (handler_), .arg = (family_)   \
	}

static const struct cmd cmds[] = {
	{ .mode = MODE_EXEC,
	  .privilege = 15,
	  .flags = CMD_UNLOCKED,
	  .tokens = { KW("ping", "Send echo messages") },
	  .handler = ping_dialog },
	PING_ROW(15, ping_dialog, ONLY_IPV4, KW("ip", "IP echo")),
	PING_ROW(15, ping_dialog, ONLY_IPV6, KW("ipv6", "IPv6 echo")),
	PING_ROW(1, ping_one_line, ANY, WORD("target", "Ping destination address or hostname"), OPTS(options)),
	PING_ROW(1, ping_one_line, ONLY_IPV4, KW("ip", "IP echo"),
		 WORD("target", "Ping destination address or hostname"), OPTS(ipv4_options)),
	PING_ROW(1, ping_one_line, ONLY_IPV6, KW("ipv6", "IPv6 echo"),
		 WORD("target", "Ping destination address or hostname"), OPTS(ipv6_options)),
};

const struct cmd_table cmd_ping_table = CMD_TABLE(cmds);
