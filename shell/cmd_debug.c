/* debug crypto ..., undebug, show debugging. */
#include "ike/ops.h"
#include "shell/commands_show.h"
#include "shell/print_system.h"
#include "shell/show.h"

#include <strings.h>

enum {
	ALL_KINDS = IKE_DEBUG_ISAKMP | IKE_DEBUG_IPSEC | IKE_DEBUG_KMI | IKE_DEBUG_ENGINE | IKE_DEBUG_ISAKMP_ERROR |
		    IKE_DEBUG_IPSEC_ERROR | ROUTER_DEBUG_ENGINE_PACKET
};
enum { TURN_OFF = 1 << 8 }; /* in a row's arg: undebug */

static void switch_debug(struct session *s, unsigned kinds, bool on)
{
	struct router *r = session_router(s);

	if (!r)
		return;
	show_lock(s);
	router_set_debug(r, on ? router_debug(r) | kinds : router_debug(r) & ~kinds);
	show_unlock(s);
}

static enum cmd_result debug_crypto(struct session *s, const struct cmd_match *m)
{
	unsigned kind = (unsigned)cmd_of(m)->arg & ALL_KINDS;
	bool on = !(cmd_of(m)->arg & TURN_OFF) && !cmd_is_no(m);

	switch_debug(s, kind, on);
	print_debug_state(s, kind, "", on);
	return CMD_OK;
}

static enum cmd_result debug_all(struct session *s, const struct cmd_match *m)
{
	char answer[16];

	if ((cmd_of(m)->arg & TURN_OFF) || cmd_is_no(m)) {
		switch_debug(s, ALL_KINDS, false);
		session_line(s, "All possible debugging has been turned off");
		return CMD_OK;
	}
	/* The question has a default, no; only the whole word switches on. */
	if (!session_ask(s, "This may severely impact network performance. Continue? (yes/[no]): ", false, answer,
			 sizeof(answer)) ||
	    strcasecmp(answer, "yes") != 0)
		return CMD_OK;
	switch_debug(s, ALL_KINDS, true);
	session_line(s, "All possible debugging has been turned on");
	return CMD_OK;
}

static enum cmd_result show_debugging(struct session *s, const struct cmd_match *m)
{
	unsigned kinds = 0;

	(void)m;
	show_lock(s);
	if (session_router(s))
		kinds = router_debug(session_router(s));
	show_unlock(s);
	print_debugging(s, kinds);
	return CMD_OK;
}

#define DEBUG(flags_, handler_, arg_, ...)                                                                             \
	{                                                                                                              \
		.mode = MODE_EXEC, .privilege = 15, .flags = CMD_UNLOCKED | (flags_), .tokens = { __VA_ARGS__ },       \
		.handler = (handler_), .arg = (arg_)                                                                   \
	}

#define ON     KW("debug", "Debugging functions (see also 'undebug')")
#define OFF    KW("undebug", "Disable debugging functions (see also 'debug')")
#define CRYPTO KW("crypto", "Cryptographic subsystem")
#define ISAKMP KW("isakmp", "ISAKMP Key Management")
#define IPSEC  KW("ipsec", "IPSEC processing")
#define KMI    KW("kmi", "Crypto Key Management Interface debug")
#define ERROR  KW("error", "Error debugging")
#define ENGINE KW("engine", "Crypto Engine Debug")
#define PACKET KW("packet", "Measure what packets cost")

static const struct cmd cmds[] = {
	DEBUG(CMD_NO, debug_crypto, IKE_DEBUG_ISAKMP, ON, CRYPTO, ISAKMP),
	DEBUG(CMD_NO, debug_crypto, IKE_DEBUG_ISAKMP_ERROR, ON, CRYPTO, ISAKMP, ERROR),
	DEBUG(CMD_NO, debug_crypto, IKE_DEBUG_IPSEC, ON, CRYPTO, IPSEC),
	DEBUG(CMD_NO, debug_crypto, IKE_DEBUG_IPSEC_ERROR, ON, CRYPTO, IPSEC, ERROR),
	DEBUG(CMD_NO, debug_crypto, IKE_DEBUG_KMI, ON, CRYPTO, KMI),
	DEBUG(CMD_NO, debug_crypto, IKE_DEBUG_ENGINE, ON, CRYPTO, ENGINE),
	DEBUG(CMD_NO, debug_crypto, ROUTER_DEBUG_ENGINE_PACKET, ON, CRYPTO, ENGINE, PACKET),
	DEBUG(CMD_NO, debug_all, 0, ON, KW("all", "Enable all debugging")),
	DEBUG(0, debug_crypto, IKE_DEBUG_ISAKMP | TURN_OFF, OFF, CRYPTO, ISAKMP),
	DEBUG(0, debug_crypto, IKE_DEBUG_ISAKMP_ERROR | TURN_OFF, OFF, CRYPTO, ISAKMP, ERROR),
	DEBUG(0, debug_crypto, IKE_DEBUG_IPSEC | TURN_OFF, OFF, CRYPTO, IPSEC),
	DEBUG(0, debug_crypto, IKE_DEBUG_IPSEC_ERROR | TURN_OFF, OFF, CRYPTO, IPSEC, ERROR),
	DEBUG(0, debug_crypto, IKE_DEBUG_KMI | TURN_OFF, OFF, CRYPTO, KMI),
	DEBUG(0, debug_crypto, IKE_DEBUG_ENGINE | TURN_OFF, OFF, CRYPTO, ENGINE),
	DEBUG(0, debug_crypto, ROUTER_DEBUG_ENGINE_PACKET | TURN_OFF, OFF, CRYPTO, ENGINE, PACKET),
	DEBUG(0, debug_all, TURN_OFF, OFF, KW("all", "Disable all debugging")),
	DEBUG(0, show_debugging, 0, KW("show", "Show running system information"),
	      KW("debugging", "State of each debugging option")),
};

const struct cmd_table cmd_debug_table = CMD_TABLE(cmds);
