#include "shell/print_system.h"

#include "base/names.h"
#include "ike/ike.h"
#include "shell/show.h"
#include "startup-config/nvram.h"

#include <stdio.h>
#include <string.h>

/* "2 weeks, 1 day, 18 hours, 23 minutes"; leading zeros are left out, minutes never. */
static const char *uptime_text(uint64_t seconds, char *buf, size_t size)
{
	static const struct {
		const char *unit;
		uint64_t seconds;
	} units[] = {
		{ "year", 52 * 7 * 86400ull },
		{ "week", 7 * 86400 },
		{ "day", 86400 },
		{ "hour", 3600 },
		{ "minute", 60 },
	};
	const size_t count = sizeof(units) / sizeof(units[0]);
	size_t at = 0;

	*buf = '\0';
	for (size_t i = 0; i < count; i++) {
		unsigned long long n = seconds / units[i].seconds;
		int len;

		seconds %= units[i].seconds;
		if (!n && i + 1 < count)
			continue;
		len = snprintf(buf + at, size - at, "%s%llu %s%s", at ? ", " : "", n, units[i].unit, n == 1 ? "" : "s");
		if (len < 0 || (size_t)len >= size - at)
			break;
		at += (size_t)len;
	}
	return buf;
}

static void print_ports(struct session *s, const struct show_version *v)
{
	static const struct {
		enum if_type type;
		const char *text;
	} ports[] = {
		{ IF_ETHERNET, "Ethernet" },
		{ IF_FASTETHERNET, "FastEthernet" },
		{ IF_GIGABITETHERNET, "Gigabit Ethernet" },
	};

	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		unsigned n = v->ports[ports[i].type];

		if (n)
			session_line(s, "%u %s interface%s", n, ports[i].text, n == 1 ? "" : "s");
	}
}

void print_version(struct session *s, const struct show_version *v)
{
	struct timespec started = { .tv_sec = v->now.tv_sec - (time_t)v->uptime_s };
	char text[128], restarted[64], *tail;
	struct tm tm;

	if (v->identity)
		session_line(s, "%s", v->identity);
	else
		session_line(s, VERSION_LINE, v->program_version);
	session_line(s, "Command line as of IOS Software (MAINMODE-LINUX-M), Version 15.2(1)T, RELEASE SOFTWARE");
	session_line(s, "mainmode %s imitates the command line of Cisco IOS. It is not a Cisco product.",
		     v->program_version);
	session_line(s, "Copyright (c) the mainmode authors; free software, GPL-3.0-or-later, no warranty");
	if (v->built && gmtime_r(&v->built, &tm) && strftime(text, sizeof(text), "%a %d-%b", &tm))
		session_line(s, "Compiled %s-%02d %02d:%02d by mainmode", text, tm.tm_year % 100, tm.tm_hour,
			     tm.tm_min);
	show_blank(s);
	session_line(s, "ROM: Bootstrap program is %s", v->kernel);
	show_blank(s);
	session_line(s, "%s uptime is %s", v->hostname, uptime_text(v->uptime_s, text, sizeof(text)));
	session_line(s, "System returned to ROM by %s", *v->reload_reason ? "reload" : "process start");
	/* "18:57:38.347 UTC ..." without its milliseconds: when the process started is not known that well. */
	zone_clock_text(&v->zone, &started, restarted, sizeof(restarted));
	tail = strchr(restarted, ' ');
	session_line(s, "System restarted at %.8s%s", restarted, tail ? tail : "");
	if (*v->image)
		session_line(s, "System image file is \"unix:%s\"", v->image);
	session_line(s, "Last reload reason: %s", *v->reload_reason ? v->reload_reason : "Unknown reason");
	show_blank(s);
	show_blank(s);
	show_blank(s);
	session_line(s, "This program contains cryptographic features. Laws on their import, export and use");
	session_line(s, "may apply to you where you are; complying with them is up to you.");
	show_blank(s);
	session_line(s, "Linux Unix (%s) processor with %lluK bytes of memory.", v->machine,
		     (unsigned long long)v->memory_kb);
	session_line(s, "Processor board ID %s", v->serial);
	print_ports(s, v);
	session_line(s, "%u terminal line%s", v->terminal_lines, v->terminal_lines == 1 ? "" : "s");
	session_line(s, "%uK bytes of NVRAM.", NVRAM_OCTETS / 1024);
	show_blank(s);
	show_blank(s);
	show_blank(s);
	if (v->config_register == v->next_register)
		session_line(s, "Configuration register is 0x%X", v->config_register);
	else
		session_line(s, "Configuration register is 0x%X (will be 0x%X at next reload)", v->config_register,
			     v->next_register);
}

static const struct name levels[] = {
	{ LOG_SEV_EMERGENCIES, "emergencies" },
	{ LOG_SEV_ALERTS, "alerts" },
	{ LOG_SEV_CRITICAL, "critical" },
	{ LOG_SEV_ERRORS, "errors" },
	{ LOG_SEV_WARNINGS, "warnings" },
	{ LOG_SEV_NOTIFICATIONS, "notifications" },
	{ LOG_SEV_INFORMATIONAL, "informational" },
	{ LOG_SEV_DEBUGGING, "debugging" },
	{ 0, NULL },
};

static void print_destination(struct session *s, const char *label, int level, unsigned messages, const char *indent)
{
	if (level == LOG_SEV_OFF)
		session_line(s, "    %s disabled, xml disabled,", label);
	else
		session_line(s, "    %s level %s, %u messages logged, xml disabled,", label, name_of(levels, level, ""),
			     messages);
	session_line(s, "%sfiltering disabled", indent);
}

static void print_terminal_destination(struct session *s, const char *label, int level, unsigned messages)
{
	if (level == LOG_SEV_OFF)
		session_line(s, "    %s disabled", label);
	else
		print_destination(s, label, level, messages, "                     ");
}

static void print_trap(struct session *s, const struct log_settings *set, unsigned messages,
		       const struct show_trap *trap)
{
	char text[IP_TEXT_SIZE];

	if (set->trap_level == LOG_SEV_OFF)
		session_line(s, "    Trap logging: disabled");
	else
		session_line(s, "    Trap logging: level %s, %u message lines logged",
			     name_of(levels, set->trap_level, ""), messages);
	for (size_t i = 0; i < trap->count; i++) {
		const struct syslog_count *h = &trap->hosts[i];

		session_line(s, "        Logging to %s  (udp port %u, audit disabled,", ip_text(&h->address, text),
			     h->port);
		session_line(s, "              link %s),", h->up ? "up" : "down");
		session_line(s, "              %u message lines logged, ", h->sent);
		session_line(s, "              %u message lines rate-limited, ", h->dropped);
		session_line(s, "              0 message lines dropped-by-MD, ");
		session_line(s, "              xml disabled, sequence number disabled");
		session_line(s, "              filtering disabled");
	}
	session_line(s, "        Logging Source-Interface:       VRF Name:");
	if (*trap->source)
		session_line(s, "        %s", trap->source);
}

void print_logging(struct session *s, const struct log_settings *set, const struct log_counts *counts,
		   const struct show_trap *trap, char *const *messages, size_t count)
{
	session_line(s, "Syslog logging: enabled (0 messages dropped, 0 messages rate-limited, 0 flushes, 0 overruns, "
			"xml disabled, filtering disabled)");
	show_blank(s);
	session_line(s, "No Active Message Discriminator.");
	for (int i = 0; i < 3; i++)
		show_blank(s);
	session_line(s, "No Inactive Message Discriminator.");
	show_blank(s);
	show_blank(s);
	print_terminal_destination(s, "Console logging:", set->console_level, counts->console);
	print_terminal_destination(s, "Monitor logging:", set->monitor_level, counts->monitor);
	print_destination(s, "Buffer logging: ", set->buffer_level, counts->buffer, "                    ");
	session_line(s, "    Exception Logging: size (4096 bytes)");
	session_line(s, "    Count and timestamp logging messages: disabled");
	session_line(s, "    Persistent logging: disabled");
	show_blank(s);
	session_line(s, "No active filter modules.");
	show_blank(s);
	print_trap(s, set, counts->trap, trap);
	if (set->buffer_level == LOG_SEV_OFF)
		return;
	show_blank(s);
	session_line(s, "Log Buffer (%zu bytes):", set->buffer_octets);
	if (count)
		show_blank(s);
	for (size_t i = 0; i < count; i++)
		session_line(s, "%s", messages[i]);
}

void print_debug_state(struct session *s, unsigned kinds, const char *indent, bool on)
{
	static const struct name texts[] = {
		{ IKE_DEBUG_ISAKMP, "Crypto ISAKMP" },
		{ IKE_DEBUG_ISAKMP_ERROR, "Crypto ISAKMP Error" },
		{ IKE_DEBUG_IPSEC, "Crypto IPSEC" },
		{ IKE_DEBUG_IPSEC_ERROR, "Crypto IPSEC Error" },
		{ IKE_DEBUG_KMI, "Crypto Key Management Interface" },
		{ IKE_DEBUG_ENGINE, "Crypto Engine" },
		{ ROUTER_DEBUG_ENGINE_PACKET, "Crypto Engine Packet" },
		{ 0, NULL },
	};

	for (const struct name *t = texts; t->name; t++)
		if (kinds & (unsigned)t->value)
			session_line(s, "%s%s debugging is %s", indent, t->name, on ? "on" : "off");
}

void print_debugging(struct session *s, unsigned kinds)
{
	if (!kinds)
		return;
	show_blank(s);
	show_blank(s);
	session_line(s, "Cryptographic Subsystem:");
	print_debug_state(s, kinds, "  ", true);
}
