/* logging host, trap, facility and source-interface: where the syslog goes; show logging tells what went there. */
#include "shell/commands.h"
#include "shell/running.h"
#include "shell/session.h"
#include "shell/syslog.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static struct log_host *find(struct config_system *y, const struct ip_addr *address, const char *name)
{
	struct log_host *l;

	TAILQ_FOREACH (l, &y->log_hosts, link)
		if (address->family ? ip_equal(&l->address, address) : !strcasecmp(l->name, name))
			return l;
	return NULL;
}

static enum cmd_result set_host(struct session *s, const struct cmd_match *m)
{
	struct config_system *y = &session_config(s)->system;
	const char *name = cmd_text(m, "host");
	struct ip_addr address = { 0 };
	struct log_host *l;

	ip_parse(name, &address);
	l = find(y, &address, name);
	if (cmd_is_no(m)) {
		if (l)
			TAILQ_REMOVE(&y->log_hosts, l, link);
		free(l);
		return CMD_OK;
	}
	if (!address.family && (!isalpha((unsigned char)*name) || strlen(name) >= sizeof(l->name))) {
		session_line(s, "%% Invalid host name");
		return CMD_REJECTED;
	}
	if (!l) {
		if (!(l = calloc(1, sizeof(*l)))) {
			session_line(s, "%% Not enough memory");
			return CMD_REJECTED;
		}
		TAILQ_INSERT_TAIL(&y->log_hosts, l, link);
	}
	l->address = address;
	snprintf(l->name, sizeof(l->name), "%s", address.family ? "" : name);
	l->port = (unsigned)cmd_num(m, "port", 0);
	if (l->port == SYSLOG_PORT)
		l->port = 0;
	return CMD_OK;
}

static enum cmd_result set_trap(struct session *s, const struct cmd_match *m)
{
	struct log_settings *l = &session_config(s)->logging;

	if (cmd_is_default(m))
		l->trap_level = LOG_SEV_INFORMATIONAL;
	else
		l->trap_level = cmd_is_no(m) ? LOG_SEV_OFF : (int)cmd_num(m, "level", LOG_SEV_INFORMATIONAL);
	return CMD_OK;
}

static enum cmd_result set_facility(struct session *s, const struct cmd_match *m)
{
	struct config_system *y = &session_config(s)->system;

	snprintf(y->log_facility, sizeof(y->log_facility), "%s",
		 cmd_is_no(m) ? "local7" : cmd_keyword(syslog_facilities, (int)cmd_num(m, "facility", 23)));
	return CMD_OK;
}

static enum cmd_result set_source(struct session *s, const struct cmd_match *m)
{
	struct config_system *y = &session_config(s)->system;

	snprintf(y->log_source, sizeof(y->log_source), "%s", cmd_is_no(m) ? "" : cmd_text(m, "ifname"));
	return CMD_OK;
}

void write_log_hosts(struct out *o, const struct config *c)
{
	const struct config_system *y = &c->system;
	const struct log_host *l;
	char text[IP_TEXT_SIZE];

	if (c->logging.trap_level == LOG_SEV_OFF)
		out_line(o, "no logging trap");
	else if (out_shows(o, c->logging.trap_level != LOG_SEV_INFORMATIONAL))
		out_line(o, "logging trap %s", cmd_keyword(commands_log_levels, c->logging.trap_level));
	if (out_shows(o, strcmp(y->log_facility, "local7") != 0))
		out_line(o, "logging facility %s", y->log_facility);
	if (*y->log_source)
		out_line(o, "logging source-interface %s", y->log_source);
	TAILQ_FOREACH (l, &y->log_hosts, link) {
		const char *name = l->address.family ? ip_text(&l->address, text) : l->name;

		if (l->port)
			out_line(o, "logging host %s transport udp port %u", name, l->port);
		else
			out_line(o, "logging host %s", name);
	}
}

#define LOGGING KW("logging", "Modify message logging facilities")
#define HOST                                                                                                           \
	KW("host", "Set syslog server IP address and parameters"),                                                     \
		WORD("host", "IP address or hostname of the syslog server")
#define UDP  KW("transport", "Specify the transport protocol (default=UDP)"), KW("udp", "User Datagram Protocol")
#define TRAP KW("trap", "Set syslog server logging level")

static const struct cmd cmds[] = {
	{ MODE_CONFIG, 15, CMD_NO, { LOGGING, HOST }, set_host },
	{ MODE_CONFIG, 15, CMD_NO, { LOGGING, HOST, UDP }, set_host },
	{ MODE_CONFIG,
	  15,
	  CMD_NO,
	  { LOGGING, HOST, UDP, KW("port", "Specify the UDP port number (default=514)"),
	    NUM("port", 1, 65535, "Port number") },
	  set_host },
	{ MODE_CONFIG, 15, CMD_NO | CMD_HIDDEN, { LOGGING, IP4("host", "IP address of the logging host") }, set_host },
	{ MODE_CONFIG, 15, CMD_NO | CMD_DEFAULT, { LOGGING, TRAP }, set_trap },
	{ MODE_CONFIG,
	  15,
	  CMD_NO | CMD_DEFAULT,
	  { LOGGING, TRAP, NUM("level", 0, 7, "Logging severity level") },
	  set_trap },
	{ MODE_CONFIG, 15, CMD_NO | CMD_DEFAULT, { LOGGING, TRAP, PICK("level", commands_log_levels) }, set_trap },
	{ MODE_CONFIG,
	  15,
	  CMD_NO | CMD_NO_SHORT,
	  { LOGGING, KW("facility", "Facility parameter for syslog messages"), PICK("facility", syslog_facilities) },
	  set_facility },
	{ MODE_CONFIG,
	  15,
	  CMD_NO | CMD_NO_SHORT,
	  { LOGGING, KW("source-interface", "Specify interface for source address in logging transactions"),
	    IFNAME("ifname", "Interface") },
	  set_source },
};

const struct cmd_table cmd_logging_table = CMD_TABLE(cmds);
