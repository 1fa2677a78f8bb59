/*
 * Lines of an IOS configuration that are accepted and kept but change nothing here: switches of subsystems that this
 * program does not have. One table says what each line is (`lines`), one how it is typed (`harmless_cmds`); a row's
 * arg points from the second into the first.
 *
 * A switch is stored only when it is not at its default. A value replaces the one before it. Some are printed at their
 * default too (`shown`), as IOS does.
 */
#include "base/wipe.h"
#include "shell/commands.h"
#include "shell/kept.h"
#include "shell/running.h"
#include "shell/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind {
	IS_ON,    /* a switch, on by default */
	IS_OFF,   /* a switch, off by default */
	IS_VALUE, /* replaced by another of the same key and `names` words behind it */
};
#define ALL_WORDS 99 /* every different line is another one */

enum harmless {
	H_NONE,
	H_PAD,
	H_KEEPALIVES_IN,
	H_KEEPALIVES_OUT,
	H_BOOT,
	H_MEMORY_SIZE,
	H_MMI_POLLING,
	H_MMI_AUTO,
	H_MMI_PVC,
	H_MMI_SNMP,
	H_SOURCE_ROUTE,
	H_UNREACHABLE_RATE,
	H_SUBNET_ZERO,
	H_CLASSLESS,
	H_CEF,
	H_CEF6,
	H_MULTILINK,
	H_LICENSE_UDI,
	H_LICENSE_BOOT,
	H_REDUNDANCY,
	H_CDP_LOG,
	H_CDP_RUN,
	H_LLDP_RUN,
	H_SYNWAIT,
	H_FORWARD_PROTOCOL,
	H_HTTP,
	H_HTTPS,
	H_SNMP,
	H_CONTROL_PLANE,
	H_MGCP,
	H_GATEKEEPER,
	H_DIAL_PEER,
	H_SCHEDULER,
	H_NTP_SERVER,

	H_MEDIA_TYPE,
	H_NEGOTIATION,
	H_SERIAL_DELAY,
	H_CLOCK_RATE,
	H_CDP_ENABLE,

	H_ACTIVATION,
	H_TRANSPORT_OUTPUT,
	H_STOPBITS,
	H_COUNT
};

/* Their order inside a place is the order of printing. */
static const struct line {
	const char *key;
	enum cmd_mode mode;
	enum running_place place;
	enum kind kind;
	unsigned names;
	const char *shown;    /* what stands there when nothing is configured, or NULL */
	enum cmd_mode enters; /* a mode that has nothing but `exit`; MODE_EXEC: none */
} lines[H_COUNT] = {
	[H_PAD] = { "service pad", MODE_CONFIG, PLACE_SERVICE, IS_ON },
	[H_KEEPALIVES_IN] = { "service tcp-keepalives-in", MODE_CONFIG, PLACE_SERVICE, IS_OFF },
	[H_KEEPALIVES_OUT] = { "service tcp-keepalives-out", MODE_CONFIG, PLACE_SERVICE, IS_OFF },
	[H_BOOT] = { "boot", MODE_CONFIG, PLACE_BOOT, IS_VALUE, ALL_WORDS },
	[H_MEMORY_SIZE] = { "memory-size iomem", MODE_CONFIG, PLACE_PLATFORM, IS_VALUE },
	[H_MMI_POLLING] = { "mmi polling-interval", MODE_CONFIG, PLACE_PLATFORM, IS_VALUE,
			    .shown = "mmi polling-interval 60" },
	[H_MMI_AUTO] = { "mmi auto-configure", MODE_CONFIG, PLACE_PLATFORM, IS_OFF, .shown = "no mmi auto-configure" },
	[H_MMI_PVC] = { "mmi pvc", MODE_CONFIG, PLACE_PLATFORM, IS_OFF, .shown = "no mmi pvc" },
	[H_MMI_SNMP] = { "mmi snmp-timeout", MODE_CONFIG, PLACE_PLATFORM, IS_VALUE, .shown = "mmi snmp-timeout 180" },
	[H_SOURCE_ROUTE] = { "ip source-route", MODE_CONFIG, PLACE_IP_FIRST, IS_ON },
	[H_UNREACHABLE_RATE] = { "ip icmp rate-limit unreachable", MODE_CONFIG, PLACE_IP_FIRST, IS_ON },
	[H_SUBNET_ZERO] = { "ip subnet-zero", MODE_CONFIG, PLACE_IP_FIRST, IS_ON },
	[H_CLASSLESS] = { "ip classless", MODE_CONFIG, PLACE_IP_FIRST, IS_ON },
	[H_CEF] = { "ip cef", MODE_CONFIG, PLACE_IP, IS_ON, .shown = "ip cef" },
	[H_CEF6] = { "ipv6 cef", MODE_CONFIG, PLACE_IPV6, IS_OFF, .shown = "no ipv6 cef" },
	[H_MULTILINK] = { "multilink bundle-name authenticated", MODE_CONFIG, PLACE_MULTILINK, IS_ON,
			  .shown = "multilink bundle-name authenticated" },
	[H_LICENSE_UDI] = { "license udi", MODE_CONFIG, PLACE_LICENSE, IS_VALUE, ALL_WORDS },
	[H_LICENSE_BOOT] = { "license boot", MODE_CONFIG, PLACE_LICENSE, IS_VALUE, ALL_WORDS },
	[H_REDUNDANCY] = { "redundancy", MODE_CONFIG, PLACE_REDUNDANCY, IS_ON, .shown = "redundancy",
			   .enters = MODE_REDUNDANCY },
	[H_CDP_LOG] = { "cdp log mismatch duplex", MODE_CONFIG, PLACE_MISC, IS_ON },
	[H_CDP_RUN] = { "cdp run", MODE_CONFIG, PLACE_MISC, IS_ON },
	[H_LLDP_RUN] = { "lldp run", MODE_CONFIG, PLACE_MISC, IS_OFF },
	[H_SYNWAIT] = { "ip tcp synwait-time", MODE_CONFIG, PLACE_MISC, IS_VALUE },
	[H_FORWARD_PROTOCOL] = { "ip forward-protocol nd", MODE_CONFIG, PLACE_FORWARD, IS_ON,
				 .shown = "ip forward-protocol nd" },
	[H_HTTP] = { "ip http server", MODE_CONFIG, PLACE_HTTP, IS_OFF, .shown = "no ip http server" },
	[H_HTTPS] = { "ip http secure-server", MODE_CONFIG, PLACE_HTTP, IS_OFF, .shown = "no ip http secure-server" },
	[H_SNMP] = { "snmp-server", MODE_CONFIG, PLACE_OTHER, IS_VALUE, ALL_WORDS },
	[H_CONTROL_PLANE] = { "control-plane", MODE_CONFIG, PLACE_CONTROL, IS_ON, .shown = "control-plane",
			      .enters = MODE_CONTROL_PLANE },
	[H_MGCP] = { "mgcp", MODE_CONFIG, PLACE_VOICE, IS_VALUE, ALL_WORDS },
	[H_GATEKEEPER] = { "gatekeeper", MODE_CONFIG, PLACE_VOICE, IS_OFF },
	[H_DIAL_PEER] = { "dial-peer", MODE_CONFIG, PLACE_VOICE, IS_VALUE, ALL_WORDS },
	[H_SCHEDULER] = { "scheduler allocate", MODE_CONFIG, PLACE_TAIL, IS_VALUE },
	[H_NTP_SERVER] = { "ntp server", MODE_CONFIG, PLACE_TAIL, IS_VALUE, 1 },

	[H_MEDIA_TYPE] = { "media-type", MODE_IF, PLACE_IF_LINK, IS_VALUE },
	[H_NEGOTIATION] = { "negotiation auto", MODE_IF, PLACE_IF_LINK, IS_OFF },
	[H_SERIAL_DELAY] = { "serial restart-delay", MODE_IF, PLACE_IF_LINK, IS_VALUE },
	[H_CLOCK_RATE] = { "clock rate", MODE_IF, PLACE_IF_LINK, IS_VALUE },
	[H_CDP_ENABLE] = { "cdp enable", MODE_IF, PLACE_IF_LAST, IS_ON },

	[H_ACTIVATION] = { "activation-character", MODE_LINE, PLACE_LINE_EXEC, IS_ON },
	[H_TRANSPORT_OUTPUT] = { "transport output", MODE_LINE, PLACE_LINE_LAST, IS_VALUE },
	[H_STOPBITS] = { "stopbits", MODE_LINE, PLACE_LINE_LAST, IS_VALUE },
};

static int rank_of(enum harmless h)
{
	return KEPT_RANK(lines[h].place, h);
}

/* --- texts ---- */

static const char *without_no(const char *text)
{
	return strncmp(text, "no ", 3) ? text : text + 3;
}

/* Where the words of key end in text; NULL when text does not begin with them. */
static const char *behind_key(const char *text, const char *key)
{
	size_t n = strlen(key);

	return !strncmp(text, key, n) && (!text[n] || text[n] == ' ') ? text + n : NULL;
}

/* Octets of text up to the end of the key and `names` words more. */
static size_t identity_octets(const char *text, const struct line *l)
{
	const char *p = behind_key(text, l->key);

	if (!p)
		return strlen(text);
	for (unsigned n = 0; n < l->names && *p; n++)
		p += 1 + strcspn(p + 1, " ");
	return (size_t)(p - text);
}

int kept_rank_harmless(enum cmd_mode mode, const char *text)
{
	enum harmless best = H_NONE;
	size_t longest = 0;

	for (enum harmless h = H_NONE + 1; h < H_COUNT; h++)
		if (lines[h].mode == mode && strlen(lines[h].key) > longest &&
		    behind_key(without_no(text), lines[h].key)) {
			best = h;
			longest = strlen(lines[h].key);
		}
	return best == H_NONE ? 0 : rank_of(best);
}

/* --- the handler of all rows ---- */

/* Takes out what has the same identity; the whole of text when it is `no` that asks. */
static void remove_same(struct kept_list *list, const char *text, size_t octets, int rank)
{
	struct kept_line *k, *next;

	for (k = TAILQ_FIRST(list); k; k = next) {
		const char *have = without_no(k->text);

		next = TAILQ_NEXT(k, link);
		if (k->rank == rank && !strncmp(have, text, octets) && (!have[octets] || have[octets] == ' '))
			config_kept_remove(list, k->text);
	}
}

static bool add_line(struct kept_list *list, bool negated, const char *text, int rank)
{
	size_t room = strlen(text) + 4;
	char *whole = malloc(room);
	bool added;

	if (!whole)
		return false;
	snprintf(whole, room, "%s%s", negated ? "no " : "", text);
	added = config_kept_add(list, whole, 0, true, rank) != NULL;
	wipe(whole, room); /* it may hold a password */
	free(whole);
	return added;
}

static enum cmd_result set_harmless(struct session *s, const struct cmd_match *m)
{
	enum harmless h = (enum harmless)cmd_of(m)->arg;
	const struct line *l = &lines[h];
	struct kept_list *list = kept_list_of(s);
	bool no = cmd_is_no(m), added = true;
	char *text = strdup(cmd_line(m));

	if (!text || !list) {
		free(text);
		return CMD_REJECTED;
	}
	remove_same(list, text, no || cmd_is_default(m) ? strlen(text) : identity_octets(text, l), rank_of(h));
	if (cmd_is_default(m))
		added = true;
	else if (l->kind == IS_ON)
		added = !no || add_line(list, true, text, rank_of(h));
	else if (l->kind == IS_OFF)
		added = no || add_line(list, false, text, rank_of(h));
	else
		added = no || (l->shown && !strcmp(l->shown, text)) || add_line(list, false, text, rank_of(h));
	wipe(text, strlen(text));
	free(text);
	if (!added)
		session_line(s, "%% Not enough memory");
	/* a file's section is kept below its line (loader.c) */
	if (l->enters != MODE_EXEC && added && !no && !cmd_is_default(m) && session_kind(s) != SESSION_LOADER)
		session_enter(s, l->enters, NULL);
	return added ? CMD_OK : CMD_REJECTED;
}

/* --- writing ---- */

static void write_with_children(struct out *o, const struct kept_line *k, unsigned depth)
{
	/* a banner's text stands as it is, wherever its lines begin */
	out_line(o, "%*s%s", (int)depth, "", k->text);
	if (o->detail != RUNNING_BRIEF || strncmp(k->text, "certificate ", 12) != 0)
		write_kept(o, &k->children, depth + 1);
}

void write_kept(struct out *o, const struct kept_list *list, unsigned depth)
{
	const struct kept_line *k;

	TAILQ_FOREACH (k, list, link)
		write_with_children(o, k, depth);
}

static bool write_rank(struct out *o, const struct kept_list *list, int rank, unsigned depth)
{
	const struct kept_line *k;
	bool any = false;

	TAILQ_FOREACH (k, list, link) {
		if (k->rank != rank)
			continue;
		any = true;
		write_with_children(o, k, depth);
		if (!k->harmless && !depth && !TAILQ_EMPTY(&k->children))
			out_bangs(o, 1);
	}
	return any;
}

/* What is there when nothing is configured. */
static void write_default(struct out *o, const struct line *l, unsigned depth)
{
	if (l->shown)
		out_line(o, "%*s%s", (int)depth, "", l->shown);
	else if (!l->shown && l->kind != IS_VALUE && o->detail == RUNNING_ALL && !kept_opens_section(l->key))
		out_switch(o, depth, l->key, l->kind == IS_ON, l->kind == IS_ON);
}

void write_place(struct out *o, const struct kept_list *list, enum running_place place)
{
	unsigned depth = place >= PLACE_IF_FIRST ? 1 : 0;

	for (enum harmless h = H_NONE + 1; h < H_COUNT; h++)
		if (lines[h].place == place && !write_rank(o, list, rank_of(h), depth))
			write_default(o, &lines[h], depth);
	write_rank(o, list, KEPT_RANK(place, KEPT_RANK_UNKNOWN), depth);
}

/* --- the table ---- */

#define FLAG     MODE_CONFIG, 15, CMD_NO | CMD_DEFAULT | CMD_HARMLESS
#define VALUE    MODE_CONFIG, 15, CMD_NO | CMD_NO_SHORT | CMD_DEFAULT | CMD_HARMLESS
#define IF_FLAG  MODE_IF, 15, CMD_NO | CMD_DEFAULT | CMD_HARMLESS
#define IF_VALUE MODE_IF, 15, CMD_NO | CMD_NO_SHORT | CMD_DEFAULT | CMD_HARMLESS
#define LN_FLAG  MODE_LINE, 15, CMD_NO | CMD_DEFAULT | CMD_HARMLESS
#define LN_VALUE MODE_LINE, 15, CMD_NO | CMD_NO_SHORT | CMD_DEFAULT | CMD_HARMLESS
#define REST     LINE("rest", "LINE")

#define SERVICE   KW("service", "Modify use of network based services")
#define MMI       KW("mmi", "Modular MQC Infrastructure parameters")
#define IP        KW("ip", "Global IP configuration subcommands")
#define IPV6      KW("ipv6", "Global IPv6 configuration commands")
#define LICENSE   KW("license", "Configure license features")
#define CDP       KW("cdp", "Global CDP configuration subcommands")
#define HTTP      KW("http", "HTTP server configuration")
#define TRANSPORT KW("transport", "Define transport protocols for line")

static const struct cmd harmless_cmds[] = {
	{ FLAG, { SERVICE, KW("pad", "Enable PAD commands") }, set_harmless, H_PAD },
	{ FLAG,
	  { SERVICE, KW("tcp-keepalives-in", "Generate keepalives on idle incoming network connections") },
	  set_harmless,
	  H_KEEPALIVES_IN },
	{ FLAG,
	  { SERVICE, KW("tcp-keepalives-out", "Generate keepalives on idle outgoing network connections") },
	  set_harmless,
	  H_KEEPALIVES_OUT },
	{ VALUE,
	  { KW("boot", "Modify system boot parameters"), KW("system", "System image file"), REST },
	  set_harmless,
	  H_BOOT },
	{ VALUE,
	  { KW("memory-size", "Adjust memory size by percentage"), KW("iomem", "Adjust I/O memory size by percentage"),
	    NUM("percent", 1, 50, "percentage of total memory for I/O") },
	  set_harmless,
	  H_MEMORY_SIZE },
	{ VALUE,
	  { MMI, KW("polling-interval", "Set the polling interval"), NUM("seconds", 0, 86400, "Seconds") },
	  set_harmless,
	  H_MMI_POLLING },
	{ FLAG, { MMI, KW("auto-configure", "Auto configuration") }, set_harmless, H_MMI_AUTO },
	{ FLAG, { MMI, KW("pvc", "PVC operations") }, set_harmless, H_MMI_PVC },
	{ VALUE,
	  { MMI, KW("snmp-timeout", "Set the SNMP timeout"), NUM("seconds", 0, 86400, "Seconds") },
	  set_harmless,
	  H_MMI_SNMP },
	{ FLAG,
	  { IP, KW("source-route", "Process packets with source routing header options") },
	  set_harmless,
	  H_SOURCE_ROUTE },
	{ FLAG,
	  { IP, KW("icmp", "ICMP configuration"), KW("rate-limit", "Rate limit ICMP messages"),
	    KW("unreachable", "Rate limit unreachable messages") },
	  set_harmless,
	  H_UNREACHABLE_RATE },
	{ FLAG, { IP, KW("subnet-zero", "Allow 'subnet zero' subnets") }, set_harmless, H_SUBNET_ZERO },
	{ FLAG, { IP, KW("classless", "Follow classless routing forwarding rules") }, set_harmless, H_CLASSLESS },
	{ FLAG, { IP, KW("cef", "Cisco Express Forwarding") }, set_harmless, H_CEF },
	{ FLAG, { IPV6, KW("cef", "Cisco Express Forwarding for IPv6") }, set_harmless, H_CEF6 },
	{ FLAG,
	  { KW("multilink", "PPP multilink global configuration"),
	    KW("bundle-name", "Select method for naming multilink bundles"),
	    KW("authenticated", "Use peer's authenticated name") },
	  set_harmless,
	  H_MULTILINK },
	{ FLAG, { LICENSE, KW("udi", "Device's UDI information"), REST }, set_harmless, H_LICENSE_UDI },
	{ FLAG, { LICENSE, KW("boot", "license boot"), REST }, set_harmless, H_LICENSE_BOOT },
	{ FLAG, { KW("redundancy", "Enter redundancy mode") }, set_harmless, H_REDUNDANCY },
	{ FLAG,
	  { CDP, KW("log", "Log messages generated by CDP"), KW("mismatch", "Enable mismatch logging"),
	    KW("duplex", "Enable duplex mismatch logging") },
	  set_harmless,
	  H_CDP_LOG },
	{ FLAG, { CDP, KW("run", "Enable CDP") }, set_harmless, H_CDP_RUN },
	{ FLAG,
	  { KW("lldp", "Global LLDP configuration subcommands"), KW("run", "Enable LLDP") },
	  set_harmless,
	  H_LLDP_RUN },
	{ VALUE,
	  { IP, KW("tcp", "Global TCP parameters"), KW("synwait-time", "Set time to wait on new TCP connections"),
	    NUM("seconds", 5, 300, "Wait time in seconds") },
	  set_harmless,
	  H_SYNWAIT },
	{ FLAG,
	  { IP, KW("forward-protocol", "Controls forwarding of physical and directed IP broadcasts"),
	    KW("nd", "Sun's Network Disk protocol") },
	  set_harmless,
	  H_FORWARD_PROTOCOL },
	{ FLAG, { IP, HTTP, KW("server", "Enable http server") }, set_harmless, H_HTTP },
	{ FLAG, { IP, HTTP, KW("secure-server", "Enable HTTP secure server") }, set_harmless, H_HTTPS },
	{ FLAG, { KW("snmp-server", "Modify SNMP engine parameters"), REST }, set_harmless, H_SNMP },
	{ FLAG, { KW("control-plane", "Configure control plane services") }, set_harmless, H_CONTROL_PLANE },
	{ FLAG, { KW("mgcp", "Enable MGCP"), REST }, set_harmless, H_MGCP },
	{ FLAG, { KW("mgcp", "Enable MGCP") }, set_harmless, H_MGCP },
	{ FLAG, { KW("gatekeeper", "Configure an H.323 Gatekeeper") }, set_harmless, H_GATEKEEPER },
	{ FLAG, { KW("dial-peer", "Dial Map (Peer) configuration commands"), REST }, set_harmless, H_DIAL_PEER },
	{ VALUE,
	  { KW("scheduler", "Scheduler parameters"), KW("allocate", "Guarantee CPU time for processes"),
	    NUM("interrupt", 3000, 60000, "Microseconds handling network interrupts"),
	    NUM("process", 1000, 8000, "Microseconds running processes") },
	  set_harmless,
	  H_SCHEDULER },
	{ FLAG,
	  { KW("ntp", "Configure NTP"), KW("server", "Configure NTP server"), REST },
	  set_harmless,
	  H_NTP_SERVER },

	{ IF_VALUE,
	  { KW("media-type", "Interface media type"), WORD("type", "Media type") },
	  set_harmless,
	  H_MEDIA_TYPE },
	{ IF_FLAG,
	  { KW("negotiation", "Select Autonegotiation mode"), KW("auto", "Perform link autonegotiation") },
	  set_harmless,
	  H_NEGOTIATION },
	{ IF_VALUE,
	  { KW("serial", "serial interface commands"), KW("restart-delay", "serial interface restart delay"),
	    NUM("seconds", 0, 900, "Delay between restarts") },
	  set_harmless,
	  H_SERIAL_DELAY },
	{ IF_VALUE,
	  { KW("clock", "Configure serial interface clock"), KW("rate", "Configure serial interface clock speed"),
	    NUM("rate", 1200, 8064000, "clock rate in bits per second") },
	  set_harmless,
	  H_CLOCK_RATE },
	{ IF_FLAG,
	  { KW("cdp", "CDP interface subcommands"), KW("enable", "Enable CDP on interface") },
	  set_harmless,
	  H_CDP_ENABLE },

	{ LN_FLAG, { KW("activation-character", "Define the activation character") }, set_harmless, H_ACTIVATION },
	{ LN_VALUE,
	  { TRANSPORT, KW("output", "Define which protocols to use for outgoing connections"), REST },
	  set_harmless,
	  H_TRANSPORT_OUTPUT },
	{ LN_VALUE,
	  { KW("stopbits", "Set async line stop bits"), NUM("bits", 1, 2, "Stop bits") },
	  set_harmless,
	  H_STOPBITS },
};

const struct cmd_table cmd_harmless_table = CMD_TABLE(harmless_cmds);
