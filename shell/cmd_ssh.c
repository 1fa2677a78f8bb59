/* ip ssh ..., ip scp server enable. What changes here holds for connections that come from now on. */
#include "shell/commands.h"
#include "shell/rsa_keys.h"
#include "shell/running.h"
#include "shell/session.h"

#include <stdio.h>
#include <string.h>

static struct config_access *access_of(struct session *s)
{
	return &session_config(s)->access;
}

static enum cmd_result set_version(struct session *s, const struct cmd_match *m)
{
	struct config_access *a = access_of(s);
	char name[RSA_NAME_SIZE];

	a->ssh_version = cmd_is_no(m) ? 0 : (unsigned)cmd_num(m, "version", 0);
	if (a->ssh_version == 2 && session_kind(s) != SESSION_LOADER &&
	    rsa_keys_for_ssh(session_shell(s)->state_dir, a->ssh_keypair, name) <= 0)
		session_line(s, "Please create RSA keys (of at least %d bits size) to enable SSH v2.",
			     RSA_BITS_LEAST_SSH);
	return CMD_OK;
}

static enum cmd_result set_timeout(struct session *s, const struct cmd_match *m)
{
	access_of(s)->ssh_timeout_s =
		cmd_is_no(m) ? SSH_TIMEOUT_DEFAULT_S : (unsigned)cmd_num(m, "seconds", SSH_TIMEOUT_DEFAULT_S);
	return CMD_OK;
}

static enum cmd_result set_retries(struct session *s, const struct cmd_match *m)
{
	access_of(s)->ssh_retries =
		cmd_is_no(m) ? SSH_RETRIES_DEFAULT : (unsigned)cmd_num(m, "retries", SSH_RETRIES_DEFAULT);
	return CMD_OK;
}

static enum cmd_result set_dh_size(struct session *s, const struct cmd_match *m)
{
	access_of(s)->ssh_dh_bits = cmd_is_no(m) ? SSH_DH_BITS_DEFAULT : (unsigned)cmd_num(m, "bits", 0);
	return CMD_OK;
}

static enum cmd_result set_keypair(struct session *s, const struct cmd_match *m)
{
	struct config_access *a = access_of(s);
	const char *name = cmd_is_no(m) ? "" : cmd_text(m, "label");
	char found[RSA_NAME_SIZE];

	if (strlen(name) >= sizeof(a->ssh_keypair)) {
		session_line(s, "%% Label is longer than %zu characters", sizeof(a->ssh_keypair) - 1);
		return CMD_REJECTED;
	}
	snprintf(a->ssh_keypair, sizeof(a->ssh_keypair), "%s", name);
	if (*name && session_kind(s) != SESSION_LOADER &&
	    rsa_keys_for_ssh(session_shell(s)->state_dir, name, found) <= 0)
		session_line(s, "Please create RSA keys (of at least %d bits size) to enable SSH v2.",
			     RSA_BITS_LEAST_SSH);
	return CMD_OK;
}

static enum cmd_result set_source(struct session *s, const struct cmd_match *m)
{
	struct config_access *a = access_of(s);

	snprintf(a->ssh_source_interface, sizeof(a->ssh_source_interface), "%s",
		 cmd_is_no(m) ? "" : cmd_text(m, "ifname"));
	return CMD_OK;
}

static enum cmd_result set_events(struct session *s, const struct cmd_match *m)
{
	access_of(s)->ssh_log_events = !cmd_is_no(m);
	return CMD_OK;
}

static enum cmd_result set_strict(struct session *s, const struct cmd_match *m)
{
	access_of(s)->ssh_strict = !cmd_is_no(m);
	return CMD_OK;
}

static enum cmd_result set_scp(struct session *s, const struct cmd_match *m)
{
	access_of(s)->scp_server = !cmd_is_no(m);
	return CMD_OK;
}

void write_ssh(struct out *o, const struct config *c)
{
	const struct config_access *a = &c->access;

	if (out_shows(o, a->ssh_timeout_s != SSH_TIMEOUT_DEFAULT_S))
		out_line(o, "ip ssh time-out %u", a->ssh_timeout_s);
	if (out_shows(o, a->ssh_retries != SSH_RETRIES_DEFAULT))
		out_line(o, "ip ssh authentication-retries %u", a->ssh_retries);
	if (a->ssh_source_interface[0])
		out_line(o, "ip ssh source-interface %s", a->ssh_source_interface);
	if (a->ssh_keypair[0])
		out_line(o, "ip ssh rsa keypair-name %s", a->ssh_keypair);
	out_switch(o, 0, "ip ssh logging events", a->ssh_log_events, false);
	if (a->ssh_version)
		out_line(o, "ip ssh version %u", a->ssh_version);
	if (out_shows(o, a->ssh_dh_bits != SSH_DH_BITS_DEFAULT))
		out_line(o, "ip ssh dh min size %u", a->ssh_dh_bits);
	if (a->ssh_strict)
		out_line(o, "ip ssh stricthostkeycheck");
	write_pubkey_chain(o, c);
	out_switch(o, 0, "ip scp server enable", a->scp_server, false);
}

static const struct cmd_choice dh_sizes[] = {
	{ "1024", "Diffie Group 1 1024-bit key", 1024 },
	{ "2048", "Diffie Group 14 2048-bit key", 2048 },
	{ "4096", "Diffie Group 16 4096-bit key", 4096 },
	{ 0 },
};

#define OPTION MODE_CONFIG, 15, CMD_NO | CMD_NO_SHORT
#define IP     KW("ip", "Global IP configuration subcommands")
#define SSH    KW("ssh", "Configure ssh options")

static const struct cmd ssh_cmds[] = {
	{ OPTION,
	  { IP, SSH, KW("version", "Specify protocol version to be supported"),
	    NUM("version", 1, 2, "Protocol version") },
	  set_version },
	{ OPTION,
	  { IP, SSH, KW("time-out", "Specify SSH time-out interval"),
	    NUM("seconds", 1, 120, "SSH time-out interval (secs)") },
	  set_timeout },
	{ OPTION,
	  { IP, SSH, KW("authentication-retries", "Specify number of authentication retries"),
	    NUM("retries", 0, 5, "Number of authentication retries") },
	  set_retries },
	{ OPTION,
	  { IP, SSH, KW("dh", "Diffie-Hellman"), KW("min", "Minimum"), KW("size", "Minimum DH modulus size in bits"),
	    PICK("bits", dh_sizes) },
	  set_dh_size },
	{ OPTION,
	  { IP, SSH, KW("rsa", "Configure RSA keypair name for SSH"), KW("keypair-name", "RSA key pair name"),
	    WORD("label", "RSA key pair label") },
	  set_keypair },
	{ OPTION,
	  { IP, SSH, KW("source-interface", "Specify interface for source address in SSH connections"),
	    IFNAME("ifname", "Interface") },
	  set_source },
	{ OPTION, { IP, SSH, KW("logging", "Configure logging for SSH"), KW("events", "Log SSH events") }, set_events },
	{ OPTION, { IP, SSH, KW("stricthostkeycheck", "Enable SSH Server Authentication") }, set_strict },
	{ OPTION,
	  { IP, KW("scp", "Scp commands"), KW("server", "SCP Server"), KW("enable", "Enable SCP server") },
	  set_scp },
};

const struct cmd_table cmd_ssh_table = CMD_TABLE(ssh_cmds);
