/* ssh [-l USER] [-p PORT] [-v 2] HOST [COMMAND] */
#include "shell/commands_show.h"
#include "shell/resolve.h"
#include "shell/show.h"
#include "shell/ssh_client.h"
#include "shell/ssh_server.h"

#include <stdio.h>
#include <string.h>

/* `ip ssh source-interface`: its address of the target's family. */
static void source_of(struct session *s, unsigned family, struct ip_addr *out)
{
	struct config *c = session_config(s);
	struct router *r = session_router(s);
	const struct interface *i;
	struct ip_prefix p;

	*out = (struct ip_addr){ 0 };
	show_lock(s);
	i = c->access.ssh_source_interface[0] ? config_interface_find(c, c->access.ssh_source_interface) : NULL;
	if (i && family == 4 && i->ip_count)
		*out = i->ip[0].prefix.addr;
	else if (i && family == 6 && r && i->ipv6_count && router_if_address6(r, i->name, 0, &p))
		*out = p.addr;
	show_unlock(s);
}

static enum cmd_result run_ssh(struct session *s, const struct cmd_match *m)
{
	struct ssh_target t = {
		.host = cmd_text(m, "host"),
		.port = (uint16_t)cmd_num(m, "port", SSH_PORT),
		.user = cmd_has(m, "user") ? cmd_text(m, "user") : session_user(s),
		.command = cmd_text(m, "command"),
	};

	if (!t.user || !*t.user) {
		session_line(s, "%% No user specified nor available for SSH client");
		return CMD_REJECTED;
	}
	if (!resolve_host(s, t.host, 0, &t.address)) {
		session_line(s, "%% Unrecognized host or address.");
		return CMD_REJECTED;
	}
	source_of(s, t.address.family, &t.source);
	return ssh_client_run(s, &t) ? CMD_OK : CMD_REJECTED;
}

static const struct tok user_value = WORD("user", "Login name");
static const struct tok port_value = NUM("port", 1, 65535, "Port number");
static const struct tok version_value = NUM("version", 2, 2, "Protocol Version 2");
static const struct cmd_opt options[] = {
	{ "user", "-l", "Log in using this user name", &user_value },
	{ "port", "-p", "Connect to this port", &port_value },
	{ "version", "-v", "Specify SSH Protocol Version", &version_value },
	{ 0 },
};

#define SSH  KW("ssh", "Open a secure shell client connection")
#define HOST WORD("host", "IP address or hostname of a remote system")

static const struct cmd cmds[] = {
	{ MODE_EXEC, 1, CMD_UNLOCKED, { SSH, OPTS(options), HOST }, run_ssh },
	{ MODE_EXEC, 1, CMD_UNLOCKED, { SSH, OPTS(options), HOST, LINE("command", "Command string") }, run_ssh },
};

const struct cmd_table cmd_ssh_out_table = CMD_TABLE(cmds);
