/* debug crypto condition ..., undebug crypto condition ..., show crypto debug-condition. */
#include "ike/ops.h"
#include "shell/commands_show.h"
#include "shell/print_condition.h"
#include "shell/session.h"
#include "shell/show.h"

#include <stdio.h>

enum { TURN_OFF = 1 << 8 }; /* in a row's arg: undebug */

static void get(struct session *s, struct ike_conditions *out)
{
	*out = (struct ike_conditions){ 0 };
	show_lock(s);
	if (session_router(s))
		*out = *router_conditions(session_router(s));
	show_unlock(s);
}

static void put(struct session *s, const struct ike_conditions *c)
{
	show_lock(s);
	if (session_router(s))
		router_set_conditions(session_router(s), c);
	show_unlock(s);
}

static bool is_off(const struct cmd_match *m)
{
	return (cmd_of(m)->arg & TURN_OFF) || cmd_is_no(m);
}

/* False: refused. */
static bool read_condition(struct session *s, const struct cmd_match *m, struct ike_condition *x)
{
	struct ip_addr mask;
	int len;

	*x = (struct ike_condition){ .kind = (enum ike_condition_kind)(cmd_of(m)->arg & ~TURN_OFF) };
	if (cmd_addr(m, "address", &x->address.addr)) {
		x->address.len = x->address.addr.family == 6 ? 128 : 32;
		if (cmd_addr(m, "mask", &mask)) {
			len = ip_mask_len(&mask);
			if (len < 0) {
				session_refuse_at(s, m, "mask", 0);
				return false;
			}
			x->address.len = (uint8_t)len;
			x->address = ip_network(&x->address);
		}
	}
	x->number = (uint32_t)cmd_num(m, "number", 0);
	x->engine_id = (unsigned)cmd_num(m, "engine", 0);
	if (cmd_has(m, "name"))
		snprintf(x->name, sizeof(x->name), "%s", cmd_text(m, "name"));
	return true;
}

static enum cmd_result set_condition(struct session *s, const struct cmd_match *m)
{
	struct ike_conditions c;
	struct ike_condition x;

	if (!read_condition(s, m, &x))
		return CMD_REJECTED;
	get(s, &c);
	if (is_off(m)) {
		ike_condition_remove(&c, &x);
	} else if (!ike_condition_add(&c, &x)) {
		session_line(s, "%% No more than %u crypto debug conditions", IKE_CONDITIONS_MAX);
		return CMD_REJECTED;
	}
	put(s, &c);
	return CMD_OK;
}

static enum cmd_result set_unmatched(struct session *s, const struct cmd_match *m)
{
	const unsigned kinds = (unsigned)cmd_of(m)->arg & ~(unsigned)TURN_OFF;
	struct ike_conditions c;

	get(s, &c);
	c.unmatched = is_off(m) ? c.unmatched & ~kinds : c.unmatched | kinds;
	put(s, &c);
	return CMD_OK;
}

static enum cmd_result reset(struct session *s, const struct cmd_match *m)
{
	(void)m;
	put(s, &(struct ike_conditions){ 0 });
	return CMD_OK;
}

enum { SHOW_UNMATCHED = 100, SHOW_PEERS };

static enum cmd_result show_conditions(struct session *s, const struct cmd_match *m)
{
	const int kind = (int)cmd_num(m, "kind", -1);
	struct show_conditions which = { .kinds = ~0u, .unmatched = true };
	struct ike_conditions c;

	if (kind == SHOW_PEERS)
		which = (struct show_conditions){
			1u << IKE_BY_PEER | 1u << IKE_BY_SUBNET | 1u << IKE_BY_HOSTNAME | 1u << IKE_BY_GROUP, false
		};
	else if (kind >= 0)
		which = (struct show_conditions){ kind == SHOW_UNMATCHED ? 0 : 1u << kind, kind == SHOW_UNMATCHED };
	get(s, &c);
	print_conditions(s, &c, &which);
	return CMD_OK;
}

/* --- tables ------------------------------------------------------------------------------------------------------- */

static const struct cmd_choice kinds[] = { { "connid", "Connection ID filters", IKE_BY_CONNID },
					   { "flowid", "Flow ID filters", IKE_BY_FLOWID },
					   { "fvrf", "Front-door VRF filters", IKE_BY_FVRF },
					   { "ivrf", "Inside VRF filters", IKE_BY_IVRF },
					   { "local", "Local address filters", IKE_BY_LOCAL },
					   { "peer", "IKE peer filters", SHOW_PEERS },
					   { "spi", "SPI filters", IKE_BY_SPI },
					   { "unmatched", "Flags of what no filter can be asked about",
					     SHOW_UNMATCHED },
					   { 0 } };

#define CRYPTO    KW("crypto", "Cryptographic subsystem")
#define CONDITION KW("condition", "Define debug condition filters")
#define PEER      KW("peer", "IKE peer")
#define LOCAL     KW("local", "Local IKE address")
#define UNMATCHED KW("unmatched", "Output debugs even if no context available")

/* Each twice: debug (and no debug), undebug. */
#define ROWS(handler_, arg_, ...)                                                                                      \
	{ .mode = MODE_EXEC,                                                                                           \
	  .privilege = 15,                                                                                             \
	  .flags = CMD_UNLOCKED | CMD_NO,                                                                              \
	  .tokens = { KW("debug", "Debugging functions (see also 'undebug')"), CRYPTO, CONDITION, __VA_ARGS__ },       \
	  .handler = (handler_),                                                                                       \
	  .arg = (int)(arg_) },                                                                                        \
	{                                                                                                              \
		.mode = MODE_EXEC, .privilege = 15, .flags = CMD_UNLOCKED,                                             \
		.tokens = { KW("undebug", "Disable debugging functions (see also 'debug')"), CRYPTO, CONDITION,        \
			    __VA_ARGS__ },                                                                             \
		.handler = (handler_), .arg = (int)(arg_) | TURN_OFF                                                   \
	}

static const struct cmd cmds[] = {
	ROWS(set_condition, IKE_BY_CONNID, KW("connid", "Connection ID"), NUM("number", 1, UINT32_MAX, "Connection ID"),
	     KW("engine-id", "Crypto engine"), NUM("engine", 1, 255, "Engine ID")),
	ROWS(set_condition, IKE_BY_FLOWID, KW("flowid", "Flow ID"), NUM("number", 1, UINT32_MAX, "Flow ID"),
	     KW("engine-id", "Crypto engine"), NUM("engine", 1, 255, "Engine ID")),
	ROWS(set_condition, IKE_BY_FVRF, KW("fvrf", "Front-door VRF"), WORD("name", "VRF name")),
	ROWS(set_condition, IKE_BY_IVRF, KW("ivrf", "Inside VRF"), WORD("name", "VRF name")),
	ROWS(set_condition, IKE_BY_PROFILE, KW("isakmp", "ISAKMP"), KW("profile", "ISAKMP profile"),
	     WORD("name", "Profile name")),
	ROWS(set_condition, IKE_BY_LOCAL, LOCAL, KW("ipv4", "IPv4 address"), IP4("address", "IPv4 address")),
	ROWS(set_condition, IKE_BY_LOCAL, LOCAL, KW("ipv6", "IPv6 address"), IP6("address", "IPv6 address")),
	ROWS(set_condition, IKE_BY_GROUP, PEER, KW("group", "Group name"), WORD("name", "Group name")),
	ROWS(set_condition, IKE_BY_HOSTNAME, PEER, KW("hostname", "Fully qualified domain name"),
	     WORD("name", "Hostname")),
	ROWS(set_condition, IKE_BY_PEER, PEER, KW("ipv4", "IPv4 address"), IP4("address", "IPv4 address")),
	ROWS(set_condition, IKE_BY_PEER, PEER, KW("ipv6", "IPv6 address"), IP6("address", "IPv6 address")),
	ROWS(set_condition, IKE_BY_SUBNET, PEER, KW("subnet", "Subnet"), IP4("address", "Subnet address"),
	     IP4("mask", "Subnet mask")),
	ROWS(set_condition, IKE_BY_SPI, KW("spi", "Security parameters index"),
	     NUM("number", 0, UINT32_MAX, "SPI, a 32-bit number")),
	ROWS(set_unmatched, IKE_DEBUG_ISAKMP | IKE_DEBUG_IPSEC | IKE_DEBUG_ENGINE, UNMATCHED),
	ROWS(set_unmatched, IKE_DEBUG_ENGINE, UNMATCHED, KW("engine", "Crypto Engine")),
	ROWS(set_unmatched, IKE_DEBUG_IPSEC, UNMATCHED, KW("ipsec", "IPSEC")),
	ROWS(set_unmatched, IKE_DEBUG_ISAKMP, UNMATCHED, KW("isakmp", "ISAKMP")),
	{ .mode = MODE_EXEC,
	  .privilege = 15,
	  .flags = CMD_UNLOCKED,
	  .tokens = { KW("debug", "Debugging functions (see also 'undebug')"), CRYPTO, CONDITION,
		      KW("reset", "Remove all filters") },
	  .handler = reset },
	{ .mode = MODE_EXEC,
	  .privilege = 1,
	  .flags = CMD_UNLOCKED,
	  .tokens = { KW("show", "Show running system information"), KW("crypto", "Encryption module"),
		      KW("debug-condition", "Debug Condition filters") },
	  .handler = show_conditions },
	{ .mode = MODE_EXEC,
	  .privilege = 1,
	  .flags = CMD_UNLOCKED,
	  .tokens = { KW("show", "Show running system information"), KW("crypto", "Encryption module"),
		      KW("debug-condition", "Debug Condition filters"), PICK("kind", kinds) },
	  .handler = show_conditions },
};

const struct cmd_table cmd_condition_table = CMD_TABLE(cmds);
