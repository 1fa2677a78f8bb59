/* clear crypto ..., counters, logging. What clears is silent, as on IOS, but for what the log says. */
#include "shell/commands_show.h"
#include "shell/session.h"
#include "shell/show.h"

static enum cmd_result clear_isakmp(struct session *s, const struct cmd_match *m)
{
	struct router *r = session_router(s);

	if (r)
		ike_clear_isakmp(router_ike(r), (uint32_t)cmd_num(m, "conn-id", 0));
	return CMD_OK;
}

static enum cmd_result clear_sa(struct session *s, const struct cmd_match *m)
{
	struct router *r = session_router(s);
	struct ip_addr peer;

	if (r)
		ike_clear_sa(router_ike(r), cmd_addr(m, "peer", &peer) ? &peer : NULL);
	return CMD_OK;
}

static enum cmd_result clear_session(struct session *s, const struct cmd_match *m)
{
	struct router *r = session_router(s);
	struct ip_addr peer;

	if (r)
		ike_clear_session(router_ike(r), cmd_addr(m, "peer", &peer) ? &peer : NULL);
	return CMD_OK;
}

static enum cmd_result clear_call_admission(struct session *s, const struct cmd_match *m)
{
	struct router *r = session_router(s);

	(void)m;
	if (r)
		ike_stats_clear(router_ike(r));
	return CMD_OK;
}

static enum cmd_result clear_counters(struct session *s, const struct cmd_match *m)
{
	const char *ifname = cmd_text(m, "ifname");
	struct router *r = session_router(s);

	if (!session_confirm(s, ifname ? "Clear \"show interface\" counters on this interface [confirm]"
				       : "Clear \"show interface\" counters on all interfaces [confirm]"))
		return CMD_OK;
	if (r) {
		router_lock(r);
		router_clear_counters(r, ifname);
		router_unlock(r);
	}
	log_syslog(session_shell(s)->log, LOG_SEV_NOTIFICATIONS, "CLEAR", "COUNTERS", "Clear counter on %s%s by %s",
		   ifname ? "interface " : "all interfaces", ifname ? ifname : "", session_line_name(s));
	return CMD_OK;
}

static enum cmd_result clear_logging(struct session *s, const struct cmd_match *m)
{
	(void)m;
	if (session_confirm(s, "Clear logging buffer [confirm]"))
		logger_clear_buffer(session_shell(s)->log);
	return CMD_OK;
}

static enum cmd_result clear_routes(struct session *s, const struct cmd_match *m)
{
	struct router *r = session_router(s);
	struct ip_addr network, mask;
	int len = -1;

	if (cmd_addr(m, "mask", &mask) && (len = ip_mask_len(&mask)) < 0) {
		session_line(s, "%% Inconsistent address and mask");
		return CMD_REJECTED;
	}
	if (r && !router_clear_routes(r, cmd_addr(m, "network", &network) ? &network : NULL, len) &&
	    cmd_has(m, "network"))
		session_line(s, "%% Network not in table");
	return CMD_OK;
}

#define CLEAR(flags_, handler_, ...)                                                                                   \
	{                                                                                                              \
		.mode = MODE_EXEC, .privilege = 15, .flags = (flags_),                                                 \
		.tokens = { KW("clear", "Reset functions"), __VA_ARGS__ }, .handler = (handler_)                       \
	}

#define IP       KW("ip", "IP")
#define ROUTE    KW("route", "Delete route table entries")
#define NETWORK  IP4("network", "Destination network route to delete")
#define COUNTERS KW("counters", "Clear counters on one or all interfaces")
#define CRYPTO   KW("crypto", "Encryption subsystem")
#define ISAKMP   KW("isakmp", "Flush the ISAKMP database")
#define SA       KW("sa", "Clear all crypto SAs")
#define PEER     KW("peer", "Clear all SAs for a given crypto peer")
#define SESSION  KW("session", "clear crypto sessions (tunnels)")
#define REMOTE   KW("remote", "Clear crypto sessions for a particular remote IP")

static const struct cmd cmds[] = {
	CLEAR(0, clear_isakmp, CRYPTO, ISAKMP),
	CLEAR(0, clear_isakmp, CRYPTO, ISAKMP, NUM("conn-id", 0, 32766, "connection id of SA")),
	CLEAR(0, clear_sa, CRYPTO, SA),
	CLEAR(0, clear_sa, CRYPTO, SA, PEER, IP4("peer", "IP address of peer")),
	CLEAR(0, clear_sa, CRYPTO, SA, PEER, IP6("peer", "IPv6 address of peer")),
	CLEAR(0, clear_session, CRYPTO, SESSION),
	CLEAR(0, clear_session, CRYPTO, SESSION, REMOTE, IP4("peer", "IP address of remote crypto endpoint")),
	CLEAR(0, clear_session, CRYPTO, SESSION, REMOTE, IP6("peer", "IPv6 address of remote crypto endpoint")),
	CLEAR(0, clear_call_admission, CRYPTO, KW("call", "Clear crypto call admission info"),
	      KW("admission", "Clear crypto call admission info"),
	      KW("statistics", "Clear crypto call admission statistics")),
	CLEAR(CMD_UNLOCKED, clear_counters, COUNTERS),
	CLEAR(CMD_UNLOCKED, clear_counters, COUNTERS, IFNAME("ifname", "Interface")),
	CLEAR(0, clear_routes, IP, ROUTE, KW("*", "Delete all routes")),
	CLEAR(0, clear_routes, IP, ROUTE, NETWORK),
	CLEAR(0, clear_routes, IP, ROUTE, NETWORK, IP4("mask", "Network mask")),
	CLEAR(CMD_UNLOCKED, clear_logging, KW("logging", "Clear logging buffer")),
};

const struct cmd_table cmd_clear_table = CMD_TABLE(cmds);
