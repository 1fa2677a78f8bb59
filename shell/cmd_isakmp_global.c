/*
 * crypto isakmp, what holds for every peer: on and off, identity, keepalives, NAT, fragmentation, Aggressive Mode, how
 * many SAs are admitted. And the place of all that ISAKMP is configured with in the running-config.
 */
#include "shell/commands.h"
#include "shell/running.h"
#include "shell/session.h"

static enum cmd_result set_enable(struct session *s, const struct cmd_match *m)
{
	session_config(s)->isakmp_disabled = cmd_is_no(m); /* `default` is the plain form */
	return CMD_OK;
}

static enum cmd_result set_identity(struct session *s, const struct cmd_match *m)
{
	session_config(s)->isakmp_identity =
		cmd_is_no(m) ? ISAKMP_ID_ADDRESS : (enum isakmp_identity)cmd_num(m, "identity", 0);
	return CMD_OK;
}

static enum cmd_result set_keepalive(struct session *s, const struct cmd_match *m)
{
	struct isakmp_keepalive *k = &session_config(s)->keepalive;

	*k = (struct isakmp_keepalive){ 0 };
	if (cmd_is_no(m))
		return CMD_OK;
	k->s = (unsigned)cmd_num(m, "seconds", 0);
	k->retry_s = (unsigned)cmd_num(m, "retry", ISAKMP_KEEPALIVE_RETRY_DEFAULT_S);
	k->periodic = cmd_num(m, "when", 0) != 0;
	return CMD_OK;
}

static enum cmd_result set_nat_keepalive(struct session *s, const struct cmd_match *m)
{
	session_config(s)->nat_keepalive_s = cmd_is_no(m) ? 0 : (unsigned)cmd_num(m, "seconds", 0);
	return CMD_OK;
}

static enum cmd_result set_invalid_spi_recovery(struct session *s, const struct cmd_match *m)
{
	session_config(s)->invalid_spi_recovery = !cmd_is_no(m);
	return CMD_OK;
}

static enum cmd_result set_logging(struct session *s, const struct cmd_match *m)
{
	session_config(s)->crypto_logging = !cmd_is_no(m);
	return CMD_OK;
}

static enum cmd_result set_fragmentation(struct session *s, const struct cmd_match *m)
{
	session_config(s)->isakmp_fragmentation = !cmd_is_no(m);
	return CMD_OK;
}

/* Here `no` says more than the default: the responder does Aggressive Mode only then. */
static enum cmd_result set_aggressive(struct session *s, const struct cmd_match *m)
{
	session_config(s)->aggressive = cmd_is_default(m) ? ISAKMP_AGGRESSIVE_DEFAULT
					: cmd_is_no(m)    ? ISAKMP_AGGRESSIVE_ON
							  : ISAKMP_AGGRESSIVE_OFF;
	return CMD_OK;
}

enum { LIMIT_SA, LIMIT_NEGOTIATION }; /* a row's arg */

static enum cmd_result set_limit(struct session *s, const struct cmd_match *m)
{
	struct config *c = session_config(s);
	unsigned n = cmd_is_no(m) ? 0 : (unsigned)cmd_num(m, "limit", 0);

	*(cmd_of(m)->arg == LIMIT_SA ? &c->ike_sa_limit : &c->ike_negotiation_limit) = n;
	return CMD_OK;
}

/* --- writing ---- */

static void write_keepalive(struct out *o, const struct isakmp_keepalive *k)
{
	const char *when = k->periodic ? " periodic" : "";

	if (k->s && k->retry_s != ISAKMP_KEEPALIVE_RETRY_DEFAULT_S)
		out_line(o, "crypto isakmp keepalive %u %u%s", k->s, k->retry_s, when);
	else if (k->s)
		out_line(o, "crypto isakmp keepalive %u%s", k->s, when);
}

static void write_limits(struct out *o, const struct config *c)
{
	if (c->ike_negotiation_limit)
		out_line(o, "crypto call admission limit ike in-negotiation-sa %u", c->ike_negotiation_limit);
	if (c->ike_sa_limit)
		out_line(o, "crypto call admission limit ike sa %u", c->ike_sa_limit);
	if (c->ike_negotiation_limit || c->ike_sa_limit)
		out_bangs(o, 1);
}

void write_isakmp(struct out *o, const struct config *c)
{
	write_limits(o, c);
	out_switch(o, 0, "crypto logging session", c->crypto_logging, false);
	out_switch(o, 0, "crypto isakmp enable", !c->isakmp_disabled, true);
	write_keyrings(o, c);
	write_isakmp_policies(o, c);
	write_isakmp_keys(o, c);
	if (c->isakmp_identity != ISAKMP_ID_ADDRESS)
		out_line(o, "crypto isakmp identity %s", c->isakmp_identity == ISAKMP_ID_DN ? "dn" : "hostname");
	else if (out_shows(o, false))
		out_line(o, "crypto isakmp identity address");
	out_switch(o, 0, "crypto isakmp invalid-spi-recovery", c->invalid_spi_recovery, false);
	write_keepalive(o, &c->keepalive);
	if (c->nat_keepalive_s)
		out_line(o, "crypto isakmp nat keepalive %u", c->nat_keepalive_s);
	out_switch(o, 0, "crypto isakmp fragmentation", c->isakmp_fragmentation, false);
	if (c->aggressive != ISAKMP_AGGRESSIVE_DEFAULT)
		out_line(o, "%scrypto isakmp aggressive-mode disable",
			 c->aggressive == ISAKMP_AGGRESSIVE_ON ? "no " : "");
	write_isakmp_peers(o, c);
	write_isakmp_profiles(o, c);
}

/* --- the table ---- */

static const struct cmd_choice identity_choices[] = {
	{ "address", "Use the IP address of the interface for the identity", ISAKMP_ID_ADDRESS },
	{ "dn", "Use the distinguished name of the router cert for the identity", ISAKMP_ID_DN },
	{ "hostname", "Use the hostname of the router for the identity", ISAKMP_ID_HOSTNAME },
	{ 0 },
};

static const struct cmd_choice when_choices[] = {
	{ "on-demand", "Send keepalives when there is traffic only", 0 },
	{ "periodic", "Send keepalives periodically", 1 },
	{ 0 },
};

#define CRYPTO    KW("crypto", "Encryption module")
#define ISAKMP    KW("isakmp", "Configure ISAKMP policy")
#define KEEPALIVE KW("keepalive", "Set a keepalive interval for use with IOS peers")
#define SECONDS   NUM("seconds", 10, 3600, "Number of seconds between keep alives")
#define RETRY     NUM("retry", 2, 60, "Number of seconds between retries if keepalive fails")
#define WHEN      PICK("when", when_choices)
#define CALL      KW("call", "Configure Crypto Call Admission Control")
#define ADMISSION KW("admission", "Configure Crypto Call Admission Control")
#define LIMIT     KW("limit", "Configure Crypto Call Admission Control Limits")
#define IKE       KW("ike", "Configure IKE limits")
#define PLAIN     MODE_CONFIG, 15, CMD_NO
#define SHORT     MODE_CONFIG, 15, CMD_NO | CMD_NO_SHORT

static const struct cmd isakmp_global_cmds[] = {
	{ MODE_CONFIG, 15, CMD_NO | CMD_DEFAULT, { CRYPTO, ISAKMP, KW("enable", "Enable ISAKMP") }, set_enable },
	{ SHORT,
	  { CRYPTO, ISAKMP, KW("identity", "Set the identity which ISAKMP will use"),
	    PICK("identity", identity_choices) },
	  set_identity },
	{ SHORT, { CRYPTO, ISAKMP, KEEPALIVE, SECONDS }, set_keepalive },
	{ SHORT, { CRYPTO, ISAKMP, KEEPALIVE, SECONDS, WHEN }, set_keepalive },
	{ SHORT, { CRYPTO, ISAKMP, KEEPALIVE, SECONDS, RETRY }, set_keepalive },
	{ SHORT, { CRYPTO, ISAKMP, KEEPALIVE, SECONDS, RETRY, WHEN }, set_keepalive },
	{ SHORT,
	  { CRYPTO, ISAKMP, KW("nat", "Set a nat keepalive interval for use with IOS peers"),
	    KW("keepalive", "Set a nat keepalive interval for use with IOS peers"),
	    NUM("seconds", 5, 3600, "Number of seconds between keep alives") },
	  set_nat_keepalive },
	{ PLAIN,
	  { CRYPTO, ISAKMP, KW("invalid-spi-recovery", "Initiate IKE and send Invalid SPI Notify") },
	  set_invalid_spi_recovery },
	{ PLAIN, { CRYPTO, KW("logging", "logging messages"), KW("session", "logging up/down session") }, set_logging },
	{ PLAIN, { CRYPTO, ISAKMP, KW("fragmentation", "IKE Fragmentation enabled if required") }, set_fragmentation },
	{ MODE_CONFIG,
	  15,
	  CMD_NO | CMD_DEFAULT,
	  { CRYPTO, ISAKMP, KW("aggressive-mode", "Disable ISAKMP aggressive mode"),
	    KW("disable", "Disable ISAKMP aggressive mode") },
	  set_aggressive },
	{ SHORT,
	  { CRYPTO, CALL, ADMISSION, LIMIT, IKE, KW("sa", "Configure IKE active SA limit"),
	    NUM("limit", 1, 99999, "Maximum number of active IKE SAs allowed on the router") },
	  set_limit,
	  LIMIT_SA },
	{ SHORT,
	  { CRYPTO, CALL, ADMISSION, LIMIT, IKE, KW("in-negotiation-sa", "Configure IKE in-negotiation SA limit"),
	    NUM("limit", 10, 99999, "Maximum number of in-negotiation IKE SAs allowed on the router") },
	  set_limit,
	  LIMIT_NEGOTIATION },
};

const struct cmd_table cmd_isakmp_global_table = CMD_TABLE(isakmp_global_cmds);
