/* telnet from the router, and its open connections: where, resume, disconnect. */
#include "shell/commands_show.h"
#include "shell/connection.h"
#include "shell/resolve.h"
#include "shell/telnet.h"

#include <stdio.h>

static enum cmd_result talk(struct session *s, const struct connection *c)
{
	switch (connection_talk(s, c->number)) {
	case CONNECTION_SUSPENDED:
		session_text(s, "\r\n");
		return CMD_OK;
	case CONNECTION_CLOSED:
		session_text(s, "\r\n[Connection to %s closed by foreign host]\r\n", c->host);
		return CMD_OK;
	case CONNECTION_IDLE:
		session_text(s, "\r\n[Connection to %s idle too long; timed out]\r\n", c->host);
		return CMD_OK;
	case CONNECTION_OVER:
		break;
	}
	return CMD_CLOSE;
}

static enum cmd_result refuse(struct session *s, enum connection_error e)
{
	static const char *const why[] = {
		[CONNECTION_REFUSED] = "% Connection refused by remote host",
		[CONNECTION_TIMED_OUT] = "% Connection timed out; remote host not responding",
		[CONNECTION_UNREACHABLE] = "% Destination unreachable; gateway or host down",
		[CONNECTION_INTERRUPTED] = "% Connection aborted by user",
		[CONNECTION_NO_ROOM] = "% No more connections can be opened",
		[CONNECTION_NO_TERMINAL] = "% This session has no terminal",
	};

	session_text(s, "\r\n");
	session_line(s, "%s\n", why[e]);
	return CMD_REJECTED;
}

static enum cmd_result telnet(struct session *s, const struct cmd_match *m)
{
	const char *host = cmd_text(m, "host");
	uint16_t port = (uint16_t)cmd_num(m, "port", TELNET_PORT);
	char address[IP_TEXT_SIZE], where[16] = "";
	struct connection c;
	struct ip_addr to;
	enum connection_error e;
	unsigned number;

	if (!session_called(s, host, &to) && !resolve_host(s, host, 0, &to)) {
		session_line(s, "%% Unknown command or computer name, or unable to find computer address");
		return CMD_REJECTED;
	}
	ip_text(&to, address);
	if (port != TELNET_PORT)
		snprintf(where, sizeof(where), ", %u", port);
	if (ip_parse(host, &to))
		session_text(s, "Trying %s%s ... ", address, where);
	else
		session_text(s, "Trying %s (%s%s)... ", host, address, where);
	if ((e = connection_open(s, host, &to, port, &number)) != CONNECTION_OPEN)
		return refuse(s, e);
	session_text(s, "Open\r\n");
	return connection_get(s, number, &c) ? talk(s, &c) : CMD_OK;
}

static enum cmd_result show_sessions(struct session *s, const struct cmd_match *m)
{
	struct connection c;
	char address[IP_TEXT_SIZE];

	(void)m;
	if (!connection_get(s, 0, &c)) {
		session_line(s, "%% No connections open");
		return CMD_OK;
	}
	session_line(s, "Conn Host                Address             Byte  Idle Conn Name");
	for (unsigned i = 1; i <= CONNECTIONS; i++)
		if (connection_get(s, i, &c))
			session_line(s, "%c%3u %-19s %-19s %4u %5u %s", c.current ? '*' : ' ', c.number, c.host,
				     ip_text(&c.address, address), 0u, (unsigned)(c.idle_s / 60), c.host);
	session_line(s, "%s", "");
	return CMD_OK;
}

/* The connection that is named, or the last one. */
static bool named(struct session *s, const struct cmd_match *m, struct connection *c)
{
	if (connection_get(s, (unsigned)cmd_num(m, "number", 0), c))
		return true;
	session_line(s, cmd_has(m, "number") ? "%% Not an open connection" : "%% No current connection");
	return false;
}

static enum cmd_result resume(struct session *s, const struct cmd_match *m)
{
	struct connection c;

	if (!named(s, m, &c))
		return CMD_REJECTED;
	session_text(s, "[Resuming connection %u to %s ... ]\r\n", c.number, c.host);
	return talk(s, &c);
}

static enum cmd_result disconnect(struct session *s, const struct cmd_match *m)
{
	struct connection c;
	char prompt[128];

	if (!named(s, m, &c))
		return CMD_REJECTED;
	snprintf(prompt, sizeof(prompt), "Closing connection to %s [confirm]", c.host);
	if (session_confirm(s, prompt))
		connection_close(s, c.number);
	return CMD_OK;
}

#define EXEC(handler_, ...)                                                                                            \
	{                                                                                                              \
		.mode = MODE_EXEC, .privilege = 1, .flags = CMD_UNLOCKED, .tokens = { __VA_ARGS__ },                   \
		.handler = (handler_)                                                                                  \
	}

#define TELNET     KW("telnet", "Open a telnet connection"), WORD("host", "IP address or hostname of a remote system")
#define RESUME     KW("resume", "Resume an active network connection")
#define DISCONNECT KW("disconnect", "Disconnect an existing network connection")
#define NUMBER     NUM("number", 1, CONNECTIONS, "The number of an active network connection")

static const struct cmd cmds[] = {
	EXEC(telnet, TELNET),
	EXEC(telnet, TELNET, NUM("port", 0, 65535, "Port number")),
	EXEC(show_sessions, KW("show", "Show running system information"),
	     KW("sessions", "Information about Telnet connections")),
	EXEC(show_sessions, KW("where", "List active connections")),
	EXEC(resume, RESUME),
	EXEC(resume, RESUME, NUMBER),
	EXEC(disconnect, DISCONNECT),
	EXEC(disconnect, DISCONNECT, NUMBER),
};

const struct cmd_table cmd_telnet_table = CMD_TABLE(cmds);
