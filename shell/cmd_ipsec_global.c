/* crypto ipsec, what holds for every SA: lifetimes, the replay window, idle SAs, the DF bit and fragments, NAT. */
#include "shell/commands.h"
#include "shell/running.h"
#include "shell/session.h"

#include <inttypes.h>

static enum cmd_result set_lifetime(struct session *s, const struct cmd_match *m)
{
	struct config *c = session_config(s);

	if (cmd_has(m, "seconds"))
		c->ipsec_lifetime_s = cmd_is_no(m) ? IPSEC_LIFETIME_DEFAULT_S : (unsigned)cmd_num(m, "lifetime", 0);
	else
		c->ipsec_lifetime_kb = cmd_is_no(m) ? IPSEC_LIFETIME_DEFAULT_KB : (uint32_t)cmd_num(m, "lifetime", 0);
	return CMD_OK;
}

static enum cmd_result set_replay(struct session *s, const struct cmd_match *m)
{
	session_config(s)->replay_window = cmd_is_no(m) ? IPSEC_REPLAY_DEFAULT : (unsigned)cmd_num(m, "window", 0);
	return CMD_OK;
}

static enum cmd_result set_idle(struct session *s, const struct cmd_match *m)
{
	session_config(s)->ipsec_idle_s = cmd_is_no(m) ? 0 : (unsigned)cmd_num(m, "seconds", 0);
	return CMD_OK;
}

/* The interface's when there is one being configured, else everybody's. IOS's defaults are copy and before-encryption. */
static enum cmd_result set_df(struct session *s, const struct cmd_match *m)
{
	enum ipsec_df df = cmd_is_no(m) ? IPSEC_DF_DEFAULT : (enum ipsec_df)cmd_num(m, "df", 0);

	if (session_interface(s))
		session_interface(s)->df = df;
	else
		session_config(s)->df = df == IPSEC_DF_COPY ? IPSEC_DF_DEFAULT : df;
	return CMD_OK;
}

static enum cmd_result set_fragmentation(struct session *s, const struct cmd_match *m)
{
	enum ipsec_fragmentation f =
		cmd_is_no(m) ? IPSEC_FRAGMENT_DEFAULT : (enum ipsec_fragmentation)cmd_num(m, "when", 0);

	if (session_interface(s))
		session_interface(s)->fragmentation = f;
	else
		session_config(s)->fragmentation = f == IPSEC_FRAGMENT_BEFORE ? IPSEC_FRAGMENT_DEFAULT : f;
	return CMD_OK;
}

static enum cmd_result set_nat_transparency(struct session *s, const struct cmd_match *m)
{
	session_config(s)->no_nat_transparency = cmd_is_no(m); /* `default` is the plain form */
	return CMD_OK;
}

static const struct cmd_choice df_choices[] = {
	{ "clear", "Clear DF bit", IPSEC_DF_CLEAR },
	{ "copy", "Copy DF bit from inner header", IPSEC_DF_COPY },
	{ "set", "Set DF bit", IPSEC_DF_SET },
	{ 0 },
};

static const struct cmd_choice fragment_choices[] = {
	{ "after-encryption", "Fragment packets after encryption", IPSEC_FRAGMENT_AFTER },
	{ "before-encryption", "Fragment packets before encryption", IPSEC_FRAGMENT_BEFORE },
	{ 0 },
};

void write_if_ipsec(struct out *o, const struct interface *i)
{
	if (i->df != IPSEC_DF_DEFAULT)
		out_line(o, " crypto ipsec df-bit %s", cmd_keyword(df_choices, (int)i->df));
	if (i->fragmentation != IPSEC_FRAGMENT_DEFAULT)
		out_line(o, " crypto ipsec fragmentation %s", cmd_keyword(fragment_choices, (int)i->fragmentation));
}

void write_ipsec_global(struct out *o, const struct config *c)
{
	size_t before = o->octets;

	if (!c->ipsec_lifetime_kb)
		out_line(o, "crypto ipsec security-association lifetime kilobytes disable");
	else if (out_shows(o, c->ipsec_lifetime_kb != IPSEC_LIFETIME_DEFAULT_KB))
		out_line(o, "crypto ipsec security-association lifetime kilobytes %" PRIu32, c->ipsec_lifetime_kb);
	if (out_shows(o, c->ipsec_lifetime_s != IPSEC_LIFETIME_DEFAULT_S))
		out_line(o, "crypto ipsec security-association lifetime seconds %u", c->ipsec_lifetime_s);
	if (!c->replay_window)
		out_line(o, "crypto ipsec security-association replay disable");
	else if (out_shows(o, c->replay_window != IPSEC_REPLAY_DEFAULT))
		out_line(o, "crypto ipsec security-association replay window-size %u", c->replay_window);
	if (c->ipsec_idle_s)
		out_line(o, "crypto ipsec security-association idle-time %u", c->ipsec_idle_s);
	if (c->df != IPSEC_DF_DEFAULT)
		out_line(o, "crypto ipsec df-bit %s", cmd_keyword(df_choices, (int)c->df));
	if (c->fragmentation != IPSEC_FRAGMENT_DEFAULT)
		out_line(o, "crypto ipsec fragmentation %s", cmd_keyword(fragment_choices, (int)c->fragmentation));
	out_switch(o, 0, "crypto ipsec nat-transparency udp-encapsulation", !c->no_nat_transparency, true);
	if (o->octets != before)
		out_bangs(o, 1);
}

/* --- the table ---- */

static const struct cmd_choice window_choices[] = {
	{ "1024", "Window size of 1024", 1024 }, { "128", "Window size of 128", 128 },
	{ "256", "Window size of 256", 256 },    { "512", "Window size of 512", 512 },
	{ "64", "Window size of 64", 64 },       { 0 },
};

#define CRYPTO          KW("crypto", "Encryption module")
#define IF_CRYPTO       KW("crypto", "Encryption/Decryption commands")
#define IPSEC           KW("ipsec", "Configure IPSEC policy")
#define IF_IPSEC        KW("ipsec", "Set IPSec parameters")
#define SA              KW("security-association", "Security association parameters")
#define LIFETIME        KW("lifetime", "security association lifetime")
#define SECONDS         KW("seconds", "Time-based key duration")
#define KILOBYTES       KW("kilobytes", "Volume-based key duration")
#define REPLAY          KW("replay", "Set replay checking.")
#define SECONDS_RANGE   NUM("lifetime", 120, 86400, "Security association duration in seconds")
#define KILOBYTES_RANGE NUM("lifetime", 2560, UINT32_MAX, "Security association duration in kilobytes encrypted")
#define DISABLE(help)   KW("disable", help)
#define DF_BIT          KW("df-bit", "Handling of encapsulated DF bit.")
#define FRAGMENTATION   KW("fragmentation", "Handling of fragmentation of near-MTU sized packets")
#define GLOBAL          MODE_CONFIG, 15, CMD_NO | CMD_NO_SHORT
#define INTERFACE       MODE_IF, 15, CMD_NO | CMD_NO_SHORT

static const struct cmd ipsec_global_cmds[] = {
	{ GLOBAL, { CRYPTO, IPSEC, SA, LIFETIME, SECONDS, SECONDS_RANGE }, set_lifetime },
	{ GLOBAL, { CRYPTO, IPSEC, SA, LIFETIME, KILOBYTES, KILOBYTES_RANGE }, set_lifetime },
	{ GLOBAL, { CRYPTO, IPSEC, SA, LIFETIME, KILOBYTES, DISABLE("Disable Volume-based rekey") }, set_lifetime },
	{ GLOBAL,
	  { CRYPTO, IPSEC, SA, REPLAY, KW("window-size", "Set replay window size."), PICK("window", window_choices) },
	  set_replay },
	{ GLOBAL, { CRYPTO, IPSEC, SA, REPLAY, DISABLE("Disable replay checking") }, set_replay },
	{ GLOBAL,
	  { CRYPTO, IPSEC, SA, KW("idle-time", "Automatically delete IPSec SAs after a given idle period."),
	    NUM("seconds", 60, 86400, "IPSec SA idle timer, in seconds") },
	  set_idle },
	{ GLOBAL, { CRYPTO, IPSEC, DF_BIT, PICK("df", df_choices) }, set_df },
	{ GLOBAL, { CRYPTO, IPSEC, FRAGMENTATION, PICK("when", fragment_choices) }, set_fragmentation },
	{ MODE_CONFIG,
	  15,
	  CMD_NO | CMD_DEFAULT,
	  { CRYPTO, IPSEC, KW("nat-transparency", "IPsec NAT transparency model"),
	    KW("udp-encapsulation", "UDP encapsulation of IPsec protocols") },
	  set_nat_transparency },
	{ INTERFACE, { IF_CRYPTO, IF_IPSEC, DF_BIT, PICK("df", df_choices) }, set_df },
	{ INTERFACE, { IF_CRYPTO, IF_IPSEC, FRAGMENTATION, PICK("when", fragment_choices) }, set_fragmentation },
};

const struct cmd_table cmd_ipsec_global_table = CMD_TABLE(ipsec_global_cmds);
