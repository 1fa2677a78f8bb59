#include "shell/print_lines.h"

#include "shell/show.h"

#include <stdio.h>
#include <string.h>

/* "vty 3", "con 0" */
static const char *line_name(const struct line_info *i, char buf[16])
{
	static const char *const kinds[] = { [LINE_CON] = "con", [LINE_AUX] = "aux", [LINE_VTY] = "vty" };

	snprintf(buf, 16, "%s %u", kinds[i->kind], i->number);
	return buf;
}

/* --- show users ---- */

static void print_user(struct session *s, const struct line_info *i, bool own)
{
	char name[16], idle[SHOW_TIME_SIZE], from[IP_TEXT_SIZE];

	show_age(i->active && !own ? i->idle_s : 0, idle);
	if (i->from.family)
		session_line(s, "%c%3u %-10s%-11s%-21s%-11s%s", own ? '*' : ' ', i->tty, line_name(i, name), i->user,
			     *i->host ? i->host : "idle", idle, ip_text(&i->from, from));
	else
		session_line(s, "%c%3u %-10s%-11s%-21s%s", own ? '*' : ' ', i->tty, line_name(i, name), i->user,
			     *i->host    ? i->host
			     : i->active ? "idle"
					 : "",
			     idle);
}

void print_users(struct session *s, const struct line_show *lines, size_t count, unsigned own, bool all)
{
	session_line(s, "    Line       User       Host(s)              Idle       Location");
	for (size_t n = 0; n < count; n++)
		if (all || lines[n].info.active)
			print_user(s, &lines[n].info, lines[n].info.tty == own);
	show_blank(s);
	session_line(s, "  Interface    User               Mode         Idle     Peer Address");
}

/* --- show line ---- */

static const char *or_none(const char *name)
{
	return *name ? name : "-";
}

void print_line_table(struct session *s, const struct line_show *lines, size_t count)
{
	static const char *const kinds[] = { [LINE_CON] = "CTY", [LINE_AUX] = "AUX", [LINE_VTY] = "VTY" };

	session_line(s, "   Tty Line Typ     Tx/Rx    A Modem  Roty AccO AccI  Uses  Noise Overruns  Int");
	for (size_t n = 0; n < count; n++) {
		const struct line_info *i = &lines[n].info;

		session_line(s, "%c%5u %4u %s %11s  -    -      - %4s %4s %5llu %6u %4u/%-6llu -",
			     i->active ? '*' : ' ', i->tty, i->tty, kinds[i->kind],
			     i->kind == LINE_AUX ? "9600/9600" : "", or_none(lines[n].access_out),
			     or_none(lines[n].access_in), (unsigned long long)i->uses, 0u, 0u,
			     (unsigned long long)i->dropped);
	}
}

/* --- show line N ---- */

static const char *timeout_text(unsigned seconds, char buf[SHOW_TIME_SIZE])
{
	if (!seconds)
		snprintf(buf, SHOW_TIME_SIZE, " never");
	else
		show_hms(seconds, buf);
	return buf;
}

static const char *transports(unsigned mask)
{
	static const char *const names[] = { "none", "telnet", "ssh", "telnet ssh" };

	return names[mask & (LINE_TRANSPORT_TELNET | LINE_TRANSPORT_SSH)];
}

static void print_timeouts(struct session *s, const struct line_show *l)
{
	char exec[SHOW_TIME_SIZE], idle[SHOW_TIME_SIZE];

	timeout_text(l->exec_timeout_s, exec);
	timeout_text(l->session_timeout_s, idle);
	session_line(s, "Timeouts:      Idle EXEC    Idle Session   Modem Answer  Session   Dispatch");
	session_line(s, "               %-14s%-30snone     not set", exec, idle);
	session_line(s, "                            Idle Session Disconnect Warning");
	session_line(s, "                              never");
	session_line(s, "                            Login-sequence User Response");
	session_line(s, "                             00:00:30");
	session_line(s, "                            Autoselect Initial Wait");
	session_line(s, "                              not set");
}

void print_line_detail(struct session *s, const struct line_show *l)
{
	bool vty = l->info.kind == LINE_VTY;
	char since[SHOW_TIME_SIZE];

	session_line(s, "Line %u, Location: \"\", Type: \"\"", l->info.tty);
	session_line(s, "Length: %u lines, Width: %u columns", l->length, l->width);
	session_line(s, "Baud rate (TX/RX) is 9600/9600%s", vty ? "" : ", no parity, 1 stopbits, 8 databits");
	session_line(s, "Status: PSI Enabled, Ready, %s%sAutomore On", l->info.active ? "Active, " : "",
		     vty ? "No Exit Banner, " : "");
	session_line(s, "Capabilities: none");
	session_line(s, "Modem state: Ready");
	session_line(s, "Special Chars: Escape  Hold  Stop  Start  Disconnect  Activation");
	session_line(s, "                ^^x    none   -     -       none");
	print_timeouts(s, l);
	session_line(s, "Modem type is unknown.");
	session_line(s, "Session limit is not set.");
	session_line(s, "Time since activation: %s", l->info.active ? show_age(l->info.since_s, since) : "never");
	session_line(s, "Editing is %s.", l->no_editing ? "disabled" : "enabled");
	if (l->history)
		session_line(s, "History is enabled, history size is %u.", l->history);
	else
		session_line(s, "History is disabled.");
	session_line(s, "DNS resolution in show commands is enabled");
	session_line(s, "Full user help is disabled");
	session_line(s, "Allowed input transports are %s.", transports(l->transport_in));
	session_line(s, "Allowed output transports are telnet ssh.");
	session_line(s, "Preferred transport is %s.", l->preferred_none ? "none" : "telnet");
	session_line(s, "Shell: disabled");
	session_line(s, "Shell trace: off");
	session_line(s, "No output characters are padded");
	session_line(s, "No special data dispatching characters");
}
