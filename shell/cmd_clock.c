/* The clock: show clock, clock set, clock timezone, clock summer-time. */
#include "shell/commands.h"
#include "shell/commands_show.h"
#include "shell/running.h"
#include "shell/show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- show clock ---- */

static struct zone zone_of(struct session *s)
{
	struct zone z;

	show_lock(s);
	z = session_config(s)->logging.zone;
	show_unlock(s);
	return z;
}

static void print_change(struct session *s, const char *what, time_t at, const char *name, int minutes)
{
	struct zone z = { .minutes = minutes };
	struct timespec t = { .tv_sec = at };
	char text[64];

	snprintf(z.name, sizeof(z.name), "%s", name);
	zone_clock_text(&z, &t, text, sizeof(text));
	session_line(s, "Summer time %s %.8s%s", what, text, text + 12); /* without milliseconds */
}

static void print_detail(struct session *s, const struct zone *z, time_t now, bool set)
{
	const char *name = z->name[0] ? z->name : "UTC";
	time_t begin, end;
	struct tm tm;

	session_line(s, set ? "Time source is user configuration" : "No time source");
	zone_local(z, now, &tm, NULL);
	if (!zone_summer_of(z, z->begin.week ? tm.tm_year + 1900 : z->begin.year, &begin, &end))
		return;
	print_change(s, "starts", begin, name, z->minutes);
	print_change(s, "ends", end, z->summer_name, z->minutes + z->summer_minutes);
}

static enum cmd_result show_clock(struct session *s, const struct cmd_match *m)
{
	struct logger *l = session_shell(s)->log;
	bool set = logger_clock_is_set(l);
	struct zone z = zone_of(s);
	struct timespec now;
	char text[64];

	logger_now(l, &now);
	zone_clock_text(&z, &now, text, sizeof(text));
	/* The mark: nobody vouches for the clock. */
	session_line(s, "%s%s", set ? "" : "*", text);
	if (cmd_of(m)->arg)
		print_detail(s, &z, now.tv_sec, set);
	return CMD_OK;
}

/* --- clock set ---- */

static bool parse_month(const char *word, int *out)
{
	static const char *const months[] = { "January", "February", "March",     "April",   "May",      "June",
					      "July",    "August",   "September", "October", "November", "December" };

	for (int i = 0; i < 12; i++)
		if (strlen(word) >= 3 && strlen(word) <= strlen(months[i]) &&
		    !strncasecmp(word, months[i], strlen(word))) {
			*out = i;
			return true;
		}
	return false;
}

/* Midnight's text has its milliseconds cut, as IOS logs it. */
static void plain_text(const struct zone *z, const struct timespec *t, char *buf, size_t size)
{
	char text[64];

	zone_clock_text(z, t, text, sizeof(text));
	snprintf(buf, size, "%.8s%s", text, text + 12);
}

static enum cmd_result clock_set(struct session *s, const struct cmd_match *m)
{
	struct logger *l = session_shell(s)->log;
	struct timespec before, after = { 0 };
	struct zone z = zone_of(s);
	char old[64], new[64], more;
	struct tm tm = { 0 }, checked;

	if (!zone_is_digits(cmd_text(m, "time")) ||
	    sscanf(cmd_text(m, "time"), "%2d:%2d:%2d%c", &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &more) != 3 ||
	    tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 59) {
		session_refuse_at(s, m, "time", 0);
		return CMD_REJECTED;
	}
	if (!parse_month(cmd_text(m, "month"), &tm.tm_mon)) {
		session_refuse_at(s, m, "month", 0);
		return CMD_REJECTED;
	}
	tm.tm_mday = (int)cmd_num(m, "day", 1);
	tm.tm_year = (int)cmd_num(m, "year", 1993) - 1900;
	checked = tm;
	timegm(&checked); /* the 31st of a month of 30 days is another day */
	if (checked.tm_mday != tm.tm_mday) {
		session_line(s, "%% Invalid day of month");
		return CMD_REJECTED;
	}
	logger_now(l, &before);
	after.tv_sec = zone_utc(&z, &tm);
	logger_set_clock(l, &after);
	plain_text(&z, &before, old, sizeof(old));
	plain_text(&z, &after, new, sizeof(new));
	log_syslog(l, LOG_SEV_INFORMATIONAL, "SYS", "CLOCKUPDATE",
		   "System clock has been updated from %s to %s, configured from console by %s.", old, new,
		   *session_user(s) ? session_user(s) : session_line_name(s));
	return CMD_OK;
}

/* --- clock timezone, clock summer-time ---- */

/* The zone has the summer of the line, if there is one. */
static void take_summer(struct config *c)
{
	struct zone *z = &c->logging.zone;

	z->summer = false;
	z->summer_minutes = 0;
	memset(z->summer_name, 0, sizeof(z->summer_name));
	memset(&z->begin, 0, sizeof(z->begin));
	memset(&z->end, 0, sizeof(z->end));
	if (c->system.summer_time)
		zone_parse_summer(c->system.summer_time, z);
}

static enum cmd_result set_timezone(struct session *s, const struct cmd_match *m)
{
	struct zone *z = &session_config(s)->logging.zone;
	const char *name = cmd_is_no(m) ? "" : cmd_text(m, "zone");
	int64_t hours = cmd_num(m, "hours", 0), minutes = cmd_num(m, "minutes", 0);

	if (strlen(name) >= sizeof(z->name)) {
		session_line(s, "%% Time zone name is longer than %zu characters", sizeof(z->name) - 1);
		return CMD_REJECTED;
	}
	memset(z->name, 0, sizeof(z->name));
	snprintf(z->name, sizeof(z->name), "%s", name);
	z->minutes = cmd_is_no(m) ? 0 : (int)(hours < 0 ? hours * 60 - minutes : hours * 60 + minutes);
	return CMD_OK;
}

static enum cmd_result set_summer_time(struct session *s, const struct cmd_match *m)
{
	struct config *c = session_config(s);
	const char *text = cmd_text(m, "rule"), *zone = cmd_text(m, "zone");
	char line[256], *copy = NULL;
	struct zone z = { 0 };

	if (!cmd_is_no(m)) {
		snprintf(line, sizeof(line), "%s %s%s%s", zone, cmd_of(m)->arg ? "date" : "recurring", text ? " " : "",
			 text ? text : "");
		if (!zone_parse_summer(line, &z)) {
			session_line(s, "%% Invalid summer time");
			return CMD_REJECTED;
		}
		if (!(copy = strdup(line))) {
			session_line(s, "%% Not enough memory");
			return CMD_REJECTED;
		}
	}
	free(c->system.summer_time);
	c->system.summer_time = copy;
	take_summer(c);
	return CMD_OK;
}

void write_clock(struct out *o, const struct config *c)
{
	const struct zone *z = &c->logging.zone;

	if (z->name[0])
		out_line(o, "clock timezone %s %d %d", z->name, z->minutes / 60, abs(z->minutes % 60));
	if (c->system.summer_time)
		out_line(o, "clock summer-time %s", c->system.summer_time);
}

/* --- the tables ---- */

#define CLOCK KW("clock", "Configure time-of-day clock")
#define TIMEZONE                                                                                                       \
	KW("timezone", "Configure time zone"), WORD("zone", "name of time zone"),                                      \
		NUM("hours", -23, 23, "Hours offset from UTC")
#define SUMMER                                                                                                         \
	KW("summer-time", "Configure summer (daylight savings) time"), WORD("zone", "name of time zone in summer")

static const struct cmd config_cmds[] = {
	{ MODE_CONFIG, 15, CMD_NO | CMD_NO_SHORT, { CLOCK, TIMEZONE }, set_timezone },
	{ MODE_CONFIG,
	  15,
	  CMD_NO | CMD_NO_SHORT,
	  { CLOCK, TIMEZONE, NUM("minutes", 0, 59, "Minutes offset from UTC") },
	  set_timezone },
	{ MODE_CONFIG,
	  15,
	  CMD_NO,
	  { CLOCK, SUMMER, KW("recurring", "Configure recurring summer time") },
	  set_summer_time },
	{ MODE_CONFIG,
	  15,
	  CMD_NO,
	  { CLOCK, SUMMER, KW("recurring", "Configure recurring summer time"),
	    LINE("rule", "Week, day, month and time to start and to end") },
	  set_summer_time },
	{ MODE_CONFIG,
	  15,
	  CMD_NO,
	  { CLOCK, SUMMER, KW("date", "Configure absolute summer time"),
	    LINE("rule", "Date and time to start and to end") },
	  set_summer_time,
	  1 },
	{ MODE_CONFIG,
	  15,
	  CMD_NO | CMD_ONLY_NO | CMD_HIDDEN,
	  { CLOCK, KW("summer-time", "Configure summer (daylight savings) time") },
	  set_summer_time },
};

const struct cmd_table cmd_clock_table = CMD_TABLE(config_cmds);

#define TIME                                                                                                           \
	{                                                                                                              \
		.kind = TOK_WORD, .name = "time", .help = "Current Time", .metavar = "hh:mm:ss"                        \
	}
#define SHOW_CLOCK KW("show", "Show running system information"), KW("clock", "Display the system clock")
#define SET        KW("clock", "Manage the system clock"), KW("set", "Set the time and date"), TIME
#define DAY        NUM("day", 1, 31, "Day of the month")
#define MONTH                                                                                                          \
	{                                                                                                              \
		.kind = TOK_WORD, .name = "month", .help = "Month of the year", .metavar = "MONTH"                     \
	}
#define YEAR NUM("year", 1993, 2035, "Year")

static const struct cmd exec_cmds[] = {
	{ MODE_EXEC, 1, CMD_UNLOCKED, { SHOW_CLOCK }, show_clock },
	{ MODE_EXEC, 1, CMD_UNLOCKED, { SHOW_CLOCK, KW("detail", "Display detailed information") }, show_clock, 1 },
	{ MODE_EXEC, 15, CMD_UNLOCKED, { SET, DAY, MONTH, YEAR }, clock_set },
	{ MODE_EXEC, 15, CMD_UNLOCKED, { SET, MONTH, DAY, YEAR }, clock_set },
};

const struct cmd_table cmd_show_clock_table = CMD_TABLE(exec_cmds);
