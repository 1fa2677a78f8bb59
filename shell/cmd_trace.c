/* traceroute: the one-line forms and the dialogs of the bare command. */
#include "shell/ask_values.h"
#include "shell/commands_show.h"
#include "shell/resolve.h"
#include "shell/session.h"
#include "shell/show.h"
#include "shell/trace.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { ANY, ONLY_IPV4 = 4, ONLY_IPV6 = 6 }; /* a row's arg */

enum { TTL_MAX = 255, PORT_MAX = 65535, TIMEOUT_MAX_S = 3600, PROBES_MAX = 65535 };

static bool read_target(struct session *s, const char *text, int family, struct trace *t)
{
	char host[sizeof(t->name)];
	struct ip_addr target, by_address;
	char *percent;

	snprintf(host, sizeof(host), "%s", text);
	percent = strchr(host, '%');
	if (percent)
		*percent++ = '\0';
	if (strlen(text) >= sizeof(host) || !resolve_host(s, host, (unsigned)family, &target)) {
		session_line(s, "%% Unrecognized host or address.");
		return false;
	}
	*t = trace_defaults(&target);
	if (!ip_parse(host, &by_address))
		snprintf(t->name, sizeof(t->name), "%s", host);
	if (percent)
		return take_output_interface(s, percent, t->output_if);
	return !ip_is_link_local(&target) || ask_output_interface(s, t->output_if);
}

static enum cmd_result trace_one_line(struct session *s, const struct cmd_match *m)
{
	struct trace t;

	if (!read_target(s, cmd_text(m, "target"), cmd_of(m)->arg, &t))
		return CMD_REJECTED;
	if (cmd_text(m, "source-if"))
		snprintf(t.source_if, sizeof(t.source_if), "%s", cmd_text(m, "source-if"));
	cmd_addr(m, "source", &t.source);
	t.timeout_s = (unsigned)cmd_num(m, "timeout", TRACE_TIMEOUT_S);
	t.probes = (unsigned)cmd_num(m, "probe", TRACE_PROBES);
	t.first = (unsigned)cmd_num(m, "min", TRACE_FIRST);
	t.last = (unsigned)cmd_num(m, "max", TRACE_LAST);
	t.port = (unsigned)cmd_num(m, "port", TRACE_PORT);
	t.numeric = cmd_has(m, "numeric");
	if (t.first > t.last) {
		session_line(s, "%% Minimum TTL must not be larger than maximum TTL");
		return CMD_REJECTED;
	}
	return trace_run(s, &t) ? CMD_OK : CMD_REJECTED;
}

/* --- the dialogs ---- */

static bool is_source(struct session *s, const struct trace *t)
{
	struct netif_ping path = { 0 };
	int rc = 0;

	show_lock(s);
	if (session_router(s))
		rc = router_ping_path(session_router(s), &t->target, t->source_if, &t->source, t->output_if, &path);
	show_unlock(s);
	return rc != -EADDRNOTAVAIL;
}

static bool ask_source(struct session *s, struct trace *t)
{
	char answer[CONFIG_IFNAME_SIZE + IP_TEXT_SIZE];

	for (;;) {
		enum if_type type;

		if (!session_ask(s, "Source address: ", false, answer, sizeof(answer)))
			return false;
		t->source = (struct ip_addr){ 0 };
		*t->source_if = '\0';
		if (!*answer)
			return true;
		if ((ip_parse(answer, &t->source) ? t->source.family == t->target.family
						  : ifname_canonical(answer, t->source_if, &type)) &&
		    is_source(s, t))
			return true;
		session_line(s, "%% Invalid source address");
	}
}

static bool ask_numbers(struct session *s, struct trace *t)
{
	return ask_number(s, "Timeout in seconds", 0, TIMEOUT_MAX_S, &t->timeout_s) &&
	       ask_number(s, "Probe count", 1, PROBES_MAX, &t->probes) &&
	       ask_number(s, "Minimum Time to Live", 1, TTL_MAX, &t->first) &&
	       ask_number(s, "Maximum Time to Live", t->first, TTL_MAX, &t->last);
}

static bool ask_target(struct session *s, const char *prompt, int family, struct trace *t)
{
	char answer[sizeof(t->name)];

	if (!session_ask(s, prompt, false, answer, sizeof(answer)))
		return false;
	if (*answer)
		return read_target(s, answer, family, t);
	session_line(s, "%% Bad IP address");
	return false;
}

static bool dialog_ipv4(struct session *s, struct trace *t)
{
	return ask_target(s, "Target IP address: ", ONLY_IPV4, t) && ask_source(s, t) &&
	       ask_yes_no(s, "Numeric display [n]: ", &t->numeric) && ask_numbers(s, t) &&
	       ask_number(s, "Port Number", 1, PORT_MAX, &t->port) &&
	       ask_only(s, "Loose, Strict, Record, Timestamp, Verbose[none]: ", "none");
}

static bool dialog_ipv6(struct session *s, struct trace *t)
{
	return ask_target(s, "Target IPv6 address: ", ONLY_IPV6, t) && ask_source(s, t) &&
	       ask_only(s, "Insert source routing header? [no]: ", "no") &&
	       ask_yes_no(s, "Numeric display? [no]: ", &t->numeric) && ask_numbers(s, t) &&
	       ask_only(s, "Priority [0]: ", "0") && ask_number(s, "Port Number", 1, PORT_MAX, &t->port);
}

static enum cmd_result trace_dialog(struct session *s, const struct cmd_match *m)
{
	int protocol = cmd_of(m)->arg == ANY ? ask_protocol(s, "trace") : cmd_of(m)->arg;
	struct trace t = { 0 };

	if (protocol == ANY || !(protocol == ONLY_IPV4 ? dialog_ipv4(s, &t) : dialog_ipv6(s, &t)))
		return CMD_REJECTED;
	return trace_run(s, &t) ? CMD_OK : CMD_REJECTED;
}

/* --- the table ---- */

static const struct tok timeout = NUM("timeout", 0, TIMEOUT_MAX_S, "Timeout value in seconds");
static const struct tok probe = NUM("probe", 1, PROBES_MAX, "Number of probes");
static const struct tok ttl_min = NUM("min", 1, TTL_MAX, "Minimum TTL");
static const struct tok ttl_max = NUM("max", 1, TTL_MAX, "Maximum TTL");
static const struct tok port = NUM("port", 1, PORT_MAX, "Port number");
static const struct tok source_ifname = IFNAME("source-if", "Interface");
static const struct tok source_ipv4 = IP4("source", "Source address");
static const struct tok source_ipv6 = IP6("source", "Source address");

#define COMMON                                                                                                         \
	{ "numeric", "numeric", "display numeric address", NULL, NULL },                                               \
		{ "port", "port", "specify port number", &port, NULL },                                                \
		{ "probe", "probe", "specify number of probes per hop", &probe, NULL },                                \
		{ "source-if", "source", "specify source address or name", &source_ifname, NULL },                     \
		{ "timeout", "timeout", "specify time out", &timeout, NULL },                                          \
	{                                                                                                              \
		"ttl", "ttl", "specify minimum and maximum ttl", &ttl_min, &ttl_max                                    \
	}
#define FROM4                                                                                                          \
	{                                                                                                              \
		"source", "source", "specify source address or name", &source_ipv4, NULL                               \
	}
#define FROM6                                                                                                          \
	{                                                                                                              \
		"source", "source", "specify source address or name", &source_ipv6, NULL                               \
	}

static const struct cmd_opt options[] = { COMMON, FROM4, FROM6, { 0 } };
static const struct cmd_opt ipv4_options[] = { COMMON, FROM4, { 0 } };
static const struct cmd_opt ipv6_options[] = { COMMON, FROM6, { 0 } };

#define ROW(privilege_, handler_, family_, ...)                                                                        \
	{                                                                                                              \
		.mode = MODE_EXEC, .privilege = (privilege_), .flags = CMD_UNLOCKED,                                   \
		.tokens = { KW("traceroute", "Trace route to destination"), __VA_ARGS__ }, .handler = (handler_),      \
		.arg = (family_)                                                                                       \
	}

#define TARGET WORD("target", "Trace route to destination address or hostname")
#define IP     KW("ip", "IP Trace")
#define IPV6   KW("ipv6", "IPv6 Trace")

static const struct cmd cmds[] = {
	{ .mode = MODE_EXEC,
	  .privilege = 15,
	  .flags = CMD_UNLOCKED,
	  .tokens = { KW("traceroute", "Trace route to destination") },
	  .handler = trace_dialog },
	ROW(15, trace_dialog, ONLY_IPV4, IP),
	ROW(15, trace_dialog, ONLY_IPV6, IPV6),
	ROW(1, trace_one_line, ANY, TARGET, OPTS(options)),
	ROW(1, trace_one_line, ONLY_IPV4, IP, TARGET, OPTS(ipv4_options)),
	ROW(1, trace_one_line, ONLY_IPV6, IPV6, TARGET, OPTS(ipv6_options)),
};

const struct cmd_table cmd_trace_table = CMD_TABLE(cmds);
