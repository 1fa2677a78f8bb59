/* What an interface is as a link: its MTU, what show says of its speed, and how it speaks ICMP and ARP. */
#include "shell/commands.h"
#include "shell/running.h"
#include "shell/session.h"

#include <stdio.h>

enum number { BANDWIDTH, DELAY, LOAD_INTERVAL, MTU };
enum habit { REDIRECTS, UNREACHABLES, PROXY_ARP };

enum { LOAD_INTERVAL_STEP_S = 30 };

static enum cmd_result set_mtu(struct session *s, struct interface *i, unsigned octets)
{
	if (if_type_is_logical(i->type)) {
		session_line(s, "%% Interface %s does not support user settable mtu.", i->name);
		return CMD_REJECTED;
	}
	i->mtu = octets;
	return CMD_OK;
}

static enum cmd_result set_number(struct session *s, const struct cmd_match *m)
{
	struct interface *i = session_interface(s);
	unsigned n = cmd_is_no(m) ? 0 : (unsigned)cmd_num(m, "number", 0);

	switch ((enum number)cmd_of(m)->arg) {
	case BANDWIDTH:
		i->bandwidth_kbit = n;
		break;
	case DELAY:
		i->delay = n;
		break;
	case LOAD_INTERVAL:
		if (n % LOAD_INTERVAL_STEP_S) {
			session_line(s, "%% Load interval must be in increments of %d seconds", LOAD_INTERVAL_STEP_S);
			return CMD_REJECTED;
		}
		i->load_interval_s = n == IF_LOAD_INTERVAL_DEFAULT_S ? 0 : n;
		break;
	case MTU:
		return set_mtu(s, i, n);
	}
	return CMD_OK;
}

static bool ethernet_only(struct session *s)
{
	const struct interface *i = session_interface(s);

	if (!if_type_is_logical(i->type))
		return true;
	session_line(s, "%% This command is not supported on %s", i->name);
	return false;
}

static enum cmd_result set_duplex(struct session *s, const struct cmd_match *m)
{
	if (!ethernet_only(s))
		return CMD_REJECTED;
	session_interface(s)->duplex = cmd_is_no(m) ? IF_DUPLEX_DEFAULT : (enum if_duplex)cmd_num(m, "duplex", 0);
	return CMD_OK;
}

static enum cmd_result set_speed(struct session *s, const struct cmd_match *m)
{
	if (!ethernet_only(s))
		return CMD_REJECTED;
	session_interface(s)->speed_mbit = cmd_is_no(m) ? 0 : (unsigned)cmd_num(m, "speed", 0);
	return CMD_OK;
}

static enum cmd_result set_habit(struct session *s, const struct cmd_match *m)
{
	struct interface *i = session_interface(s);
	bool off = cmd_is_no(m) && !cmd_is_default(m);

	switch ((enum habit)cmd_of(m)->arg) {
	case REDIRECTS:
		i->no_redirects = off;
		break;
	case UNREACHABLES:
		i->no_unreachables = off;
		break;
	case PROXY_ARP:
		i->no_proxy_arp = off;
		break;
	}
	return CMD_OK;
}

/* Nothing is sent; a period of 0 means none. */
static enum cmd_result set_keepalive(struct session *s, const struct cmd_match *m)
{
	struct interface *i = session_interface(s);
	bool logical = if_type_is_logical(i->type), off = cmd_is_no(m) && !cmd_is_default(m);
	unsigned period_s = (unsigned)cmd_num(m, "seconds", IF_KEEPALIVE_DEFAULT_S);

	i->no_keepalive = false;
	i->keepalive_s = i->keepalive_retries = 0;
	if (cmd_is_default(m))
		return CMD_OK;
	if (off || !period_s) {
		i->no_keepalive = !logical;
		return CMD_OK;
	}
	i->keepalive_retries = (unsigned)cmd_num(m, "retries", logical ? IF_KEEPALIVE_DEFAULT_RETRIES : 0);
	if (logical || i->keepalive_retries || period_s != IF_KEEPALIVE_DEFAULT_S)
		i->keepalive_s = period_s;
	return CMD_OK;
}

static const struct cmd_choice duplex_choices[] = {
	{ "auto", "Enable AUTO duplex configuration", IF_DUPLEX_AUTO },
	{ "full", "Force full duplex operation", IF_DUPLEX_FULL },
	{ "half", "Force half-duplex operation", IF_DUPLEX_HALF },
	{ 0 },
};

static const struct cmd_choice speed_choices[] = {
	{ "10", "Force 10 Mbps operation", 10 },
	{ "100", "Force 100 Mbps operation", 100 },
	{ "1000", "Force 1000 Mbps operation", 1000 },
	{ "auto", "Enable AUTO speed configuration", IF_SPEED_AUTO },
	{ 0 },
};

/* --- writing ---- */

void write_if_sizes(struct out *o, const struct interface *i)
{
	if (i->mtu)
		out_line(o, " mtu %u", i->mtu);
	if (i->bandwidth_kbit)
		out_line(o, " bandwidth %u", i->bandwidth_kbit);
}

void write_if_habits(struct out *o, const struct interface *i)
{
	out_switch(o, 1, "ip redirects", !i->no_redirects, true);
	out_switch(o, 1, "ip unreachables", !i->no_unreachables, true);
	out_switch(o, 1, "ip proxy-arp", !i->no_proxy_arp, true);
}

void write_if_load(struct out *o, const struct interface *i)
{
	if (i->delay)
		out_line(o, " delay %u", i->delay);
	if (i->load_interval_s)
		out_line(o, " load-interval %u", i->load_interval_s);
}

void write_if_wire(struct out *o, const struct interface *i)
{
	if (i->duplex)
		out_line(o, " duplex %s", cmd_keyword(duplex_choices, (int)i->duplex));
	if (i->speed_mbit)
		out_line(o, " speed %s", cmd_keyword(speed_choices, (int)i->speed_mbit));
}

void write_if_keepalive(struct out *o, const struct interface *i)
{
	if (i->no_keepalive)
		out_line(o, " no keepalive");
	else if (i->keepalive_retries)
		out_line(o, " keepalive %u %u", i->keepalive_s, i->keepalive_retries);
	else if (i->keepalive_s || (o->detail == RUNNING_ALL && !if_type_is_logical(i->type)))
		out_line(o, " keepalive %u", i->keepalive_s ? i->keepalive_s : IF_KEEPALIVE_DEFAULT_S);
}

/* --- the table ---- */

#define IF_FLAG  MODE_IF, 15, CMD_NO | CMD_DEFAULT
#define IF_VALUE MODE_IF, 15, CMD_NO | CMD_NO_SHORT
#define KEEP     KW("keepalive", "Enable keepalive")
#define KEEP_S   NUM("seconds", 0, 32767, "Keepalive period (default 10 seconds)")
#define IF_IP    KW("ip", "Interface Internet Protocol config commands")

static const struct cmd if_link_cmds[] = {
	{ IF_VALUE,
	  { KW("bandwidth", "Set bandwidth informational parameter"),
	    NUM("number", 1, 10000000, "Bandwidth in kilobits") },
	  set_number,
	  BANDWIDTH },
	{ IF_VALUE,
	  { KW("delay", "Specify interface throughput delay"),
	    NUM("number", 1, 16777215, "Throughput delay (tens of microseconds)") },
	  set_number,
	  DELAY },
	{ IF_VALUE,
	  { KW("load-interval", "Specify interval for load calculation for an interface"),
	    NUM("number", 30, 600, "Load interval delay in seconds") },
	  set_number,
	  LOAD_INTERVAL },
	{ IF_VALUE,
	  { KW("mtu", "Set the interface Maximum Transmission Unit (MTU)"),
	    NUM("number", 64, 18000, "MTU size in bytes") },
	  set_number,
	  MTU },
	{ IF_VALUE, { KW("duplex", "Configure duplex operation."), PICK("duplex", duplex_choices) }, set_duplex },
	{ IF_VALUE, { KW("speed", "Configure speed operation."), PICK("speed", speed_choices) }, set_speed },
	{ IF_FLAG, { KEEP }, set_keepalive },
	{ IF_FLAG, { KEEP, KEEP_S }, set_keepalive },
	{ IF_FLAG, { KEEP, KEEP_S, NUM("retries", 1, 255, "Keepalive retries") }, set_keepalive },
	{ IF_FLAG, { IF_IP, KW("redirects", "Enable sending ICMP Redirect messages") }, set_habit, REDIRECTS },
	{ IF_FLAG, { IF_IP, KW("unreachables", "Enable sending ICMP Unreachable messages") }, set_habit, UNREACHABLES },
	{ IF_FLAG, { IF_IP, KW("proxy-arp", "Enable proxy ARP") }, set_habit, PROXY_ARP },
};

const struct cmd_table cmd_if_link_table = CMD_TABLE(if_link_cmds);
