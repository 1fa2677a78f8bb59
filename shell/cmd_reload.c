/* reload, now or later; config-register. */
#include "shell/ask_values.h"
#include "shell/commands.h"
#include "shell/commands_show.h"
#include "shell/file.h"
#include "shell/show.h"
#include "shell/sys.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What to do about unsaved changes. False: the user gave up. */
static bool ask_save(struct session *s)
{
	enum ask_answer save;

	show_blank(s);
	save = ask_yes_or_no(s, "System configuration has been modified. Save? [yes/no]: ");
	return save == ASK_NO || (save == ASK_YES && file_save(s) == CMD_OK);
}

static bool settled(struct session *s)
{
	bool dirty;

	show_lock(s);
	dirty = session_shell(s)->config_dirty;
	show_unlock(s);
	return !dirty || ask_save(s);
}

static enum cmd_result reload(struct session *s, const struct cmd_match *m)
{
	struct shell *sh = session_shell(s);
	const char *reason = cmd_text(m, "reason");

	if (!settled(s) || !session_confirm(s, "Proceed with reload? [confirm]"))
		return CMD_OK;
	log_syslog(sh->log, LOG_SEV_NOTIFICATIONS, "SYS", "RELOAD", "Reload requested by %s. Reload Reason: %s.",
		   session_line_name(s), reason ? reason : "Reload Command");
	snprintf(sh->reload_reason, sizeof(sh->reload_reason), "%s", reason ? reason : "Reload Command");
	if (sh->request_reload)
		sh->request_reload(sh->main);
	return CMD_OK;
}

/* --- later ---- */

/* "4 minutes and 32 seconds", "5 minutes", "1 hour and 5 minutes" */
static void span_text(uint64_t seconds, bool exact, char *buf, size_t size)
{
	unsigned long long days = seconds / 86400, hours = seconds / 3600 % 24, minutes = seconds / 60 % 60,
			   rest = seconds % 60;
	struct {
		unsigned long long n;
		const char *unit;
	} parts[] = { { days, "day" }, { hours, "hour" }, { minutes, "minute" }, { exact ? rest : 0, "second" } };
	size_t at = 0;
	unsigned left = 0;

	*buf = '\0';
	for (size_t i = 0; i < 4; i++)
		left += parts[i].n != 0;
	if (!left)
		snprintf(buf, size, "0 seconds");
	for (size_t i = 0, done = 0; i < 4; i++) {
		if (!parts[i].n)
			continue;
		at += (size_t)snprintf(buf + at, size - at, "%s%llu %s%s",
				       !done              ? ""
				       : done + 1 == left ? " and "
							  : ", ",
				       parts[i].n, parts[i].unit, parts[i].n == 1 ? "" : "s");
		done++;
	}
}

static void time_text(struct session *s, const struct timespec *t, char *buf, size_t size)
{
	char text[64];
	struct zone z;

	show_lock(s);
	z = session_config(s)->logging.zone;
	show_unlock(s);
	zone_clock_text(&z, t, text, sizeof(text));
	snprintf(buf, size, "%.8s%s", text, text + 12);
}

static enum cmd_result schedule(struct session *s, uint64_t seconds, const char *reason)
{
	struct shell *sh = session_shell(s);
	char when[64], span[96];
	struct timespec at, now;

	reason = reason ? reason : "Reload Command";
	if (!settled(s))
		return CMD_OK;
	logger_now(sh->log, &now);
	at = now;
	at.tv_sec += (time_t)seconds;
	time_text(s, &at, when, sizeof(when));
	span_text(seconds, false, span, sizeof(span));
	session_line(s, "Reload scheduled for %s in %s by %s", when, span, session_line_name(s));
	session_line(s, "Reload reason: %s", reason);
	if (!session_confirm(s, "Proceed with reload? [confirm]"))
		return CMD_OK;
	sys_reload_in(sh->sys, seconds, reason, session_line_name(s));
	log_syslog(sh->log, LOG_SEV_NOTIFICATIONS, "SYS", "SCHEDULED_RELOAD",
		   "Reload requested for %s by %s. Reload Reason: %s.", when, session_line_name(s), reason);
	return CMD_OK;
}

static enum cmd_result bad_time(struct session *s, const struct cmd_match *m, const char *argument)
{
	session_refuse_at(s, m, argument, 0);
	return CMD_REJECTED;
}

static enum cmd_result reload_in(struct session *s, const struct cmd_match *m)
{
	const char *typed = cmd_text(m, "delay");
	unsigned hours = 0, minutes = 0;
	char more;

	if (!session_shell(s)->sys)
		return CMD_REJECTED;
	if (!zone_is_digits(typed)) {
		return bad_time(s, m, "delay");
	} else if (strchr(typed, ':')) {
		if (sscanf(typed, "%3u:%2u%c", &hours, &minutes, &more) != 2 || minutes > 59)
			return bad_time(s, m, "delay");
	} else if (sscanf(typed, "%5u%c", &minutes, &more) != 1) {
		return bad_time(s, m, "delay");
	}
	minutes += hours * 60;
	if (!minutes || minutes > 999 * 60)
		return bad_time(s, m, "delay");
	return schedule(s, minutes * 60u, cmd_text(m, "reason"));
}

static enum cmd_result reload_at(struct session *s, const struct cmd_match *m)
{
	struct timespec now;
	struct zone z;
	struct tm tm;
	unsigned hour, minute;
	char more;
	time_t at;

	if (!session_shell(s)->sys)
		return CMD_REJECTED;
	if (!zone_is_digits(cmd_text(m, "time")) ||
	    sscanf(cmd_text(m, "time"), "%2u:%2u%c", &hour, &minute, &more) != 2 || hour > 23 || minute > 59)
		return bad_time(s, m, "time");
	show_lock(s);
	z = session_config(s)->logging.zone;
	show_unlock(s);
	logger_now(session_shell(s)->log, &now);
	zone_local(&z, now.tv_sec, &tm, NULL);
	tm.tm_hour = (int)hour;
	tm.tm_min = (int)minute;
	tm.tm_sec = 0;
	at = zone_utc(&z, &tm);
	if (at <= now.tv_sec)
		at += 86400;
	return schedule(s, (uint64_t)(at - now.tv_sec), cmd_text(m, "reason"));
}

static enum cmd_result reload_cancel(struct session *s, const struct cmd_match *m)
{
	struct shell *sh = session_shell(s);
	char when[64];
	struct timespec now;

	(void)m;
	if (!sh->sys || !sys_reload_cancel(sh->sys)) {
		session_line(s, "No reload is scheduled.");
		return CMD_OK;
	}
	session_line(s, "\n\n***\n*** --- SHUTDOWN ABORTED ---\n***");
	logger_now(sh->log, &now);
	time_text(s, &now, when, sizeof(when));
	log_syslog(sh->log, LOG_SEV_NOTIFICATIONS, "SYS", "SCHEDULED_RELOAD_CANCELLED",
		   "Scheduled reload cancelled at %s by %s", when, session_line_name(s));
	return CMD_OK;
}

static enum cmd_result show_reload(struct session *s, const struct cmd_match *m)
{
	struct sys_reload r = { 0 };
	char when[64], span[96];

	(void)m;
	if (session_shell(s)->sys)
		sys_reload_get(session_shell(s)->sys, &r);
	if (!r.scheduled) {
		session_line(s, "No reload is scheduled.");
		return CMD_OK;
	}
	time_text(s, &r.at, when, sizeof(when));
	span_text(r.in_s, true, span, sizeof(span));
	session_line(s, "Reload scheduled for %s (in %s) by %s", when, span, r.by);
	session_line(s, "Reload reason: %s", r.reason);
	return CMD_OK;
}

/* --- config-register ---- */

static enum cmd_result set_register(struct session *s, const struct cmd_match *m)
{
	const char *typed = cmd_text(m, "value");
	unsigned long value = CONFIG_REGISTER;

	if (!cmd_is_no(m)) {
		char *end;

		value = strtoul(typed, &end, 16);
		if (!isxdigit((unsigned char)*typed) || *end || value > UINT16_MAX) {
			session_refuse_at(s, m, "value", 0);
			return CMD_REJECTED;
		}
	}
	session_config(s)->system.config_register = (unsigned)value;
	return CMD_OK;
}

static const struct cmd config_cmds[] = {
	{ MODE_CONFIG,
	  15,
	  CMD_NO | CMD_NO_SHORT,
	  { KW("config-register", "Define the configuration register"), WORD("value", "Config register number") },
	  set_register },
};

const struct cmd_table cmd_register_table = CMD_TABLE(config_cmds);

#define RELOAD KW("reload", "Halt and perform a cold restart")
#define IN     KW("in", "Reload after a time interval"), WORD("delay", "Delay before reload (mmm or hhh:mm)")
#define AT     KW("at", "Reload at a specific time/date"), WORD("time", "Time to reload (hh:mm)")
#define REASON LINE("reason", "Reason for reload")
#define ROW(handler_, ...)                                                                                             \
	{                                                                                                              \
		.mode = MODE_EXEC, .privilege = 15, .flags = CMD_UNLOCKED, .tokens = { __VA_ARGS__ },                  \
		.handler = (handler_)                                                                                  \
	}

static const struct cmd exec_cmds[] = {
	ROW(reload, RELOAD),
	ROW(reload, RELOAD, REASON),
	ROW(reload_in, RELOAD, IN),
	ROW(reload_in, RELOAD, IN, REASON),
	ROW(reload_at, RELOAD, AT),
	ROW(reload_at, RELOAD, AT, REASON),
	ROW(reload_cancel, RELOAD, KW("cancel", "Cancel pending reload")),
	ROW(show_reload, KW("show", "Show running system information"), KW("reload", "Scheduled reload information")),
};

const struct cmd_table cmd_reload_table = CMD_TABLE(exec_cmds);
