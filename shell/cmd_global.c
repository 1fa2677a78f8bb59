/* Global configuration that is no section of its own: hostname, service, logging, name lookup, IPv6 routing. */
#include "shell/commands.h"
#include "shell/running.h"
#include "shell/session.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* --- hostname ---- */

static enum cmd_result set_hostname(struct session *s, const struct cmd_match *m)
{
	struct config *c = session_config(s);
	const char *name = cmd_text(m, "name");

	if (cmd_is_no(m)) {
		snprintf(c->hostname, sizeof(c->hostname), "%s", CONFIG_HOSTNAME_DEFAULT);
		return CMD_OK;
	}
	if (strlen(name) >= sizeof(c->hostname)) {
		session_line(s, "%% Hostname is longer than %zu characters", sizeof(c->hostname) - 1);
		return CMD_REJECTED;
	}
	for (const char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("-_.", *p)) {
			session_line(s, "%% Hostname contains one or more illegal characters.");
			break;
		}
	snprintf(c->hostname, sizeof(c->hostname), "%s", name);
	return CMD_OK;
}

void write_hostname(struct out *o, const struct config *c)
{
	out_line(o, "hostname %s", c->hostname);
}

/* --- service ---- */

enum stamped { STAMPED_DEBUG, STAMPED_LOG };

static const struct cmd_choice stamped_choices[] = {
	{ "debug", "Timestamp debug messages", STAMPED_DEBUG },
	{ "log", "Timestamp log messages", STAMPED_LOG },
	{ 0 },
};

static const struct cmd_opt stamp_options[] = {
	{ "localtime", "localtime", "Use local time zone for timestamps", NULL },
	{ "msec", "msec", "Include milliseconds in timestamp", NULL },
	{ "show-timezone", "show-timezone", "Add time zone information to timestamp", NULL },
	{ "year", "year", "Include year in timestamp", NULL },
	{ 0 },
};

static enum cmd_result set_timestamps(struct session *s, const struct cmd_match *m)
{
	struct config *c = session_config(s);
	struct log_stamp stamp = { .kind = (enum log_stamp_kind)cmd_of(m)->arg };
	int64_t which = cmd_num(m, "which", -1);

	if (stamp.kind == LOG_STAMP_DATETIME) {
		stamp.msec = cmd_has(m, "msec");
		stamp.localtime = cmd_has(m, "localtime");
		stamp.show_timezone = cmd_has(m, "show-timezone");
		stamp.year = cmd_has(m, "year");
	}
	if (cmd_is_no(m))
		stamp = (struct log_stamp){ .kind = LOG_STAMP_NONE };
	else if (cmd_is_default(m))
		stamp = (struct log_stamp){ .kind = LOG_STAMP_DATETIME, .msec = true };
	if (which != STAMPED_LOG)
		c->logging.debug_stamp = stamp;
	/* `service timestamps` alone turns debug's on; `no service timestamps` turns both off */
	if (which == STAMPED_LOG || (which < 0 && (cmd_is_no(m) || cmd_is_default(m))))
		c->logging.log_stamp = stamp;
	return CMD_OK;
}

static enum cmd_result set_sequence_numbers(struct session *s, const struct cmd_match *m)
{
	session_config(s)->logging.sequence_numbers = !cmd_is_no(m);
	return CMD_OK;
}

static void write_stamp(struct out *o, const char *which, const struct log_stamp *t)
{
	if (t->kind == LOG_STAMP_NONE)
		out_line(o, "no service timestamps %s uptime", which);
	else if (t->kind == LOG_STAMP_UPTIME)
		out_line(o, "service timestamps %s uptime", which);
	else
		out_line(o, "service timestamps %s datetime%s%s%s%s", which, t->msec ? " msec" : "",
			 t->localtime ? " localtime" : "", t->show_timezone ? " show-timezone" : "",
			 t->year ? " year" : "");
}

void write_service(struct out *o, const struct config *c)
{
	write_stamp(o, "debug", &c->logging.debug_stamp);
	write_stamp(o, "log", &c->logging.log_stamp);
	write_service_encryption(o, c);
	write_place(o, &c->kept, PLACE_SERVICE);
	out_switch(o, 0, "service sequence-numbers", c->logging.sequence_numbers, false);
}

/* --- logging ---- */

const struct cmd_choice commands_log_levels[] = {
	{ "alerts", "Immediate action needed           (severity=1)", LOG_SEV_ALERTS },
	{ "critical", "Critical conditions               (severity=2)", LOG_SEV_CRITICAL },
	{ "debugging", "Debugging messages                (severity=7)", LOG_SEV_DEBUGGING },
	{ "emergencies", "System is unusable                (severity=0)", LOG_SEV_EMERGENCIES },
	{ "errors", "Error conditions                  (severity=3)", LOG_SEV_ERRORS },
	{ "informational", "Informational messages            (severity=6)", LOG_SEV_INFORMATIONAL },
	{ "notifications", "Normal but significant conditions (severity=5)", LOG_SEV_NOTIFICATIONS },
	{ "warnings", "Warning conditions                (severity=4)", LOG_SEV_WARNINGS },
	{ 0 },
};

static enum cmd_result set_log_level(struct session *s, const struct cmd_match *m)
{
	struct log_settings *l = &session_config(s)->logging;
	int *level = cmd_of(m)->arg == LOG_SINK_CONSOLE ? &l->console_level : &l->monitor_level;

	if (cmd_is_no(m))
		*level = LOG_SEV_OFF;
	else if (cmd_is_default(m))
		*level = LOG_SEV_DEBUGGING;
	else
		*level = (int)cmd_num(m, "level", LOG_SEV_DEBUGGING);
	return CMD_OK;
}

static enum cmd_result set_log_buffered(struct session *s, const struct cmd_match *m)
{
	struct config *c = session_config(s);
	struct log_settings *l = &c->logging;

	/* Size and level are typed in one line or in two. */
	l->buffer_octets = (size_t)cmd_num(m, "size", (int64_t)l->buffer_octets);
	l->buffer_level =
		(int)cmd_num(m, "level", l->buffer_level == LOG_SEV_OFF ? LOG_SEV_DEBUGGING : l->buffer_level);
	if (cmd_is_no(m) || cmd_is_default(m)) {
		l->buffer_octets = LOG_BUFFER_DEFAULT;
		l->buffer_level = cmd_is_no(m) ? LOG_SEV_OFF : LOG_SEV_DEBUGGING;
	}
	return CMD_OK;
}

static void write_level(struct out *o, const char *sink, int level)
{
	if (level == LOG_SEV_OFF)
		out_line(o, "no logging %s", sink);
	else if (out_shows(o, level != LOG_SEV_DEBUGGING))
		out_line(o, "logging %s %s", sink, cmd_keyword(commands_log_levels, level));
}

void write_logging(struct out *o, const struct config *c)
{
	const struct log_settings *l = &c->logging;
	char size[32] = "";

	if (out_shows(o, l->buffer_octets != LOG_BUFFER_DEFAULT))
		snprintf(size, sizeof(size), " %zu", l->buffer_octets);
	if (l->buffer_level == LOG_SEV_OFF)
		out_line(o, "no logging buffered");
	else if (out_shows(o, l->buffer_level != LOG_SEV_DEBUGGING))
		out_line(o, "logging buffered%s %s", size, cmd_keyword(commands_log_levels, l->buffer_level));
	else if (size[0])
		out_line(o, "logging buffered%s", size);
	write_level(o, "console", l->console_level);
	write_level(o, "monitor", l->monitor_level);
}

/* --- names, IPv6 ---- */

static enum cmd_result set_domain_lookup(struct session *s, const struct cmd_match *m)
{
	session_config(s)->no_domain_lookup = cmd_is_no(m); /* `default` is the plain form */
	return CMD_OK;
}

static enum cmd_result set_domain_name(struct session *s, const struct cmd_match *m)
{
	struct config *c = session_config(s);
	const char *name = cmd_is_no(m) ? "" : cmd_text(m, "domain");

	if (strlen(name) >= sizeof(c->domain_name)) {
		session_line(s, "%% Domain name is longer than %zu characters", sizeof(c->domain_name) - 1);
		return CMD_REJECTED;
	}
	snprintf(c->domain_name, sizeof(c->domain_name), "%s", name);
	return CMD_OK;
}

void write_domain(struct out *o, const struct config *c)
{
	out_switch(o, 0, "ip domain lookup", !c->no_domain_lookup, true);
	if (c->domain_name[0])
		out_line(o, "ip domain name %s", c->domain_name);
}

static enum cmd_result set_unicast_routing(struct session *s, const struct cmd_match *m)
{
	session_config(s)->ipv6_unicast_routing = !cmd_is_no(m);
	return CMD_OK;
}

void write_ipv6_unicast_routing(struct out *o, const struct config *c)
{
	out_switch(o, 0, "ipv6 unicast-routing", c->ipv6_unicast_routing, false);
}

/* The release is this program's own, and the boot markers are always there: nothing to store. */
static enum cmd_result accept_line(struct session *s, const struct cmd_match *m)
{
	(void)s;
	(void)m;
	return CMD_OK;
}

#define SERVICE     KW("service", "Modify use of network based services")
#define TIMESTAMPS  KW("timestamps", "Timestamp debug/log messages")
#define LOGGING     KW("logging", "Modify message logging facilities")
#define BUFFERED    KW("buffered", "Set buffered logging parameters")
#define CONSOLE     KW("console", "Set console logging parameters")
#define MONITOR     KW("monitor", "Set terminal line (monitor) logging parameters")
#define LEVEL       NUM("level", 0, 7, "Logging severity level")
#define LEVEL_NAME  PICK("level", commands_log_levels)
#define SIZE        NUM("size", 4096, 2147483647, "Logging buffer size")
#define IP          KW("ip", "Global IP configuration subcommands")
#define STAMP_FLAGS (CMD_NO | CMD_NO_SHORT | CMD_DEFAULT)

static const struct cmd global_cmds[] = {
	{ MODE_CONFIG,
	  15,
	  CMD_NO | CMD_NO_SHORT,
	  { KW("hostname", "Set system's network name"), WORD("name", "This system's network name") },
	  set_hostname },

	{ MODE_CONFIG, 15, STAMP_FLAGS, { SERVICE, TIMESTAMPS }, set_timestamps, LOG_STAMP_UPTIME },
	{ MODE_CONFIG,
	  15,
	  STAMP_FLAGS,
	  { SERVICE, TIMESTAMPS, PICK("which", stamped_choices) },
	  set_timestamps,
	  LOG_STAMP_UPTIME },
	{ MODE_CONFIG,
	  15,
	  STAMP_FLAGS,
	  { SERVICE, TIMESTAMPS, PICK("which", stamped_choices), KW("uptime", "Timestamp with system uptime") },
	  set_timestamps,
	  LOG_STAMP_UPTIME },
	{ MODE_CONFIG,
	  15,
	  STAMP_FLAGS,
	  { SERVICE, TIMESTAMPS, PICK("which", stamped_choices), KW("datetime", "Timestamp with date and time"),
	    OPTS(stamp_options) },
	  set_timestamps,
	  LOG_STAMP_DATETIME },
	{ MODE_CONFIG,
	  15,
	  CMD_NO,
	  { SERVICE, KW("sequence-numbers", "Stamp logger messages with a sequence number") },
	  set_sequence_numbers },

	{ MODE_CONFIG, 15, CMD_NO | CMD_DEFAULT, { LOGGING, BUFFERED }, set_log_buffered },
	{ MODE_CONFIG, 15, CMD_NO | CMD_DEFAULT, { LOGGING, BUFFERED, LEVEL }, set_log_buffered },
	{ MODE_CONFIG, 15, CMD_NO | CMD_DEFAULT, { LOGGING, BUFFERED, LEVEL_NAME }, set_log_buffered },
	{ MODE_CONFIG, 15, CMD_NO | CMD_DEFAULT, { LOGGING, BUFFERED, SIZE }, set_log_buffered },
	{ MODE_CONFIG, 15, CMD_NO | CMD_DEFAULT, { LOGGING, BUFFERED, SIZE, LEVEL }, set_log_buffered },
	{ MODE_CONFIG, 15, CMD_NO | CMD_DEFAULT, { LOGGING, BUFFERED, SIZE, LEVEL_NAME }, set_log_buffered },
	{ MODE_CONFIG, 15, CMD_NO | CMD_DEFAULT, { LOGGING, CONSOLE }, set_log_level, LOG_SINK_CONSOLE },
	{ MODE_CONFIG, 15, CMD_NO | CMD_DEFAULT, { LOGGING, CONSOLE, LEVEL }, set_log_level, LOG_SINK_CONSOLE },
	{ MODE_CONFIG, 15, CMD_NO | CMD_DEFAULT, { LOGGING, CONSOLE, LEVEL_NAME }, set_log_level, LOG_SINK_CONSOLE },
	{ MODE_CONFIG, 15, CMD_NO | CMD_DEFAULT, { LOGGING, MONITOR }, set_log_level, LOG_SINK_MONITOR },
	{ MODE_CONFIG, 15, CMD_NO | CMD_DEFAULT, { LOGGING, MONITOR, LEVEL }, set_log_level, LOG_SINK_MONITOR },
	{ MODE_CONFIG, 15, CMD_NO | CMD_DEFAULT, { LOGGING, MONITOR, LEVEL_NAME }, set_log_level, LOG_SINK_MONITOR },

	{ MODE_CONFIG,
	  15,
	  CMD_NO | CMD_DEFAULT,
	  { IP, KW("domain", "IP DNS Resolver"), KW("lookup", "Enable IP Domain Name System hostname translation") },
	  set_domain_lookup },
	{ MODE_CONFIG,
	  15,
	  CMD_NO | CMD_DEFAULT,
	  { IP, KW("domain-lookup", "Enable IP Domain Name System hostname translation") },
	  set_domain_lookup },
	{ MODE_CONFIG,
	  15,
	  CMD_NO | CMD_NO_SHORT,
	  { IP, KW("domain", "IP DNS Resolver"), KW("name", "Define the default domain name"),
	    WORD("domain", "Default domain name") },
	  set_domain_name },
	{ MODE_CONFIG,
	  15,
	  CMD_NO | CMD_NO_SHORT,
	  { IP, KW("domain-name", "Define the default domain name"), WORD("domain", "Default domain name") },
	  set_domain_name },
	{ MODE_CONFIG,
	  15,
	  CMD_NO,
	  { KW("ipv6", "Global IPv6 configuration commands"), KW("unicast-routing", "Enable unicast routing") },
	  set_unicast_routing },

	{ MODE_CONFIG,
	  15,
	  CMD_HIDDEN,
	  { KW("version", "System software version"), LINE("text", "Release") },
	  accept_line },
	{ MODE_CONFIG, 15, CMD_HIDDEN, { KW("boot-start-marker", "Mark the start of boot commands") }, accept_line },
	{ MODE_CONFIG, 15, CMD_HIDDEN, { KW("boot-end-marker", "Mark the end of boot commands") }, accept_line },
};

const struct cmd_table cmd_global_table = CMD_TABLE(global_cmds);
