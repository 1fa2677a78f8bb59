/* crypto isakmp peer: what this router sends to one peer in Aggressive Mode. */
#include "base/wipe.h"
#include "shell/commands.h"
#include "shell/running.h"
#include "shell/secret.h"
#include "shell/session.h"

#include <stdio.h>
#include <string.h>

static enum cmd_result enter_peer(struct session *s, const struct cmd_match *m)
{
	struct config *c = session_config(s);
	struct isakmp_peer *p;
	struct ip_addr address;
	char text[IP_TEXT_SIZE];

	cmd_addr(m, "address", &address);
	p = config_isakmp_peer_find(c, &address);
	if (cmd_is_no(m)) {
		if (p)
			config_isakmp_peer_remove(c, p);
		return CMD_OK;
	}
	if (!p && !config_isakmp_peer_get(c, &address)) {
		session_line(s, "%% Not enough memory");
		return CMD_REJECTED;
	}
	session_enter(s, MODE_ISAKMP_PEER, ip_text(&address, text));
	return CMD_OK;
}

static enum cmd_result set_description(struct session *s, const struct cmd_match *m)
{
	struct isakmp_peer *p = session_isakmp_peer(s);

	snprintf(p->description, sizeof(p->description), "%.240s", cmd_is_no(m) ? "" : cmd_text(m, "text"));
	return CMD_OK;
}

static enum cmd_result set_password(struct session *s, const struct cmd_match *m)
{
	struct isakmp_peer *p = session_isakmp_peer(s);

	if (!cmd_is_no(m)) {
		if (!secret_take(s, m, p->password, p->type6))
			return CMD_REJECTED;
		secret_warn(s, config_password_weakness(session_config(s), p));
		return CMD_OK;
	}
	wipe(p->password, sizeof(p->password));
	p->type6[0] = '\0';
	return CMD_OK;
}

static enum cmd_result set_endpoint(struct session *s, const struct cmd_match *m)
{
	struct isakmp_peer *p = session_isakmp_peer(s);
	const char *text = cmd_is_no(m) ? NULL : cmd_text(m, "text");

	if (text && strlen(text) >= sizeof(p->endpoint_text)) {
		session_line(s, "%% The identity is too long");
		return CMD_REJECTED;
	}
	p->endpoint = cmd_is_no(m) ? ISAKMP_ENDPOINT_NONE : (enum isakmp_endpoint_kind)cmd_of(m)->arg;
	p->endpoint_address = (struct ip_addr){ 0 };
	if (p->endpoint == ISAKMP_ENDPOINT_ADDRESS)
		cmd_addr(m, "endpoint", &p->endpoint_address);
	snprintf(p->endpoint_text, sizeof(p->endpoint_text), "%s", text ? text : "");
	return CMD_OK;
}

/* --- writing ---- */

static void write_endpoint(struct out *o, const struct isakmp_peer *p)
{
	char text[IP_TEXT_SIZE];

	switch (p->endpoint) {
	case ISAKMP_ENDPOINT_NONE:
		break;
	case ISAKMP_ENDPOINT_ADDRESS:
		out_line(o, " set aggressive-mode client-endpoint %s %s ",
			 p->endpoint_address.family == 6 ? "ipv6-address" : "ipv4-address",
			 ip_text(&p->endpoint_address, text));
		break;
	case ISAKMP_ENDPOINT_FQDN:
		out_line(o, " set aggressive-mode client-endpoint fqdn %s ", p->endpoint_text);
		break;
	case ISAKMP_ENDPOINT_USER_FQDN:
		out_line(o, " set aggressive-mode client-endpoint user-fqdn %s ", p->endpoint_text);
		break;
	}
}

static void write_peer(struct out *o, const struct isakmp_peer *p)
{
	char text[IP_TEXT_SIZE];

	out_line(o, "crypto isakmp peer address %s%s", p->address.family == 6 ? "ipv6 " : "",
		 ip_text(&p->address, text));
	if (p->description[0])
		out_line(o, " description %s", p->description);
	if (p->password[0] || p->type6[0])
		out_line(o, " set aggressive-mode password %s%s", secret_kind(p->password, p->type6),
			 secret_text(p->password, p->type6));
	write_endpoint(o, p);
	write_kept(o, &p->kept, 1);
	out_bangs(o, 1);
}

void write_isakmp_peers(struct out *o, const struct config *c)
{
	const struct isakmp_peer *p;

	if (!TAILQ_EMPTY(&c->isakmp_peers))
		out_bangs(o, 1);
	TAILQ_FOREACH (p, &c->isakmp_peers, link)
		write_peer(o, p);
}

/* --- the table ---- */

#define PEER                                                                                                           \
	KW("crypto", "Encryption module"), KW("isakmp", "Configure ISAKMP policy"), KW("peer", "Set Peer Policy"),     \
		KW("address", "Peer IP address")
#define SET      KW("set", "Set values for the peer"), KW("aggressive-mode", "Set attributes for Aggressive Mode")
#define PASSWORD SET, KW("password", "Set the password for the tunnel")
#define ENDPOINT SET, KW("client-endpoint", "Set the identity of the client endpoint")
#define GLOBAL   MODE_CONFIG, 15, CMD_NO
#define OPTIONAL MODE_ISAKMP_PEER, 15, CMD_NO | CMD_NO_SHORT

static const struct cmd peer_cmds[] = {
	{ GLOBAL, { PEER, IP4("address", "IP address") }, enter_peer },
	{ GLOBAL, { PEER, KW("ipv6", "Peer IPv6 address"), IP6("address", "IPv6 address") }, enter_peer },

	{ OPTIONAL,
	  { KW("description", "Specify a description of this peer"),
	    LINE("text", "Up to 240 characters describing this peer") },
	  set_description },
	{ OPTIONAL, { PASSWORD, LINE("key", "The UNENCRYPTED (cleartext) user password") }, set_password },
	{ OPTIONAL,
	  { PASSWORD, KW("0", "Specifies an UNENCRYPTED password will follow"),
	    LINE("key", "The UNENCRYPTED (cleartext) user password") },
	  set_password },
	{ OPTIONAL,
	  { PASSWORD, KW("6", "Specifies an ENCRYPTED password will follow"), WORD("key", "The ENCRYPTED password") },
	  set_password },
	{ OPTIONAL,
	  { ENDPOINT, KW("ipv4-address", "IPv4 address"), IP4("endpoint", "IP address") },
	  set_endpoint,
	  ISAKMP_ENDPOINT_ADDRESS },
	{ OPTIONAL,
	  { ENDPOINT, KW("ipv6-address", "IPv6 address"), IP6("endpoint", "IPv6 address") },
	  set_endpoint,
	  ISAKMP_ENDPOINT_ADDRESS },
	{ OPTIONAL,
	  { ENDPOINT, KW("fqdn", "Fully Qualified Domain Name"), WORD("text", "FQDN") },
	  set_endpoint,
	  ISAKMP_ENDPOINT_FQDN },
	{ OPTIONAL,
	  { ENDPOINT, KW("user-fqdn", "User Fully Qualified Domain Name"), WORD("text", "User FQDN") },
	  set_endpoint,
	  ISAKMP_ENDPOINT_USER_FQDN },
};

const struct cmd_table cmd_isakmp_peer_table = CMD_TABLE(peer_cmds);
