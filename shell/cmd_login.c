/* login block-for and its kin in configuration, and show login. */
#include "shell/aaa_int.h"
#include "shell/commands.h"
#include "shell/commands_show.h"
#include "shell/running.h"
#include "shell/session.h"

#include <stdio.h>
#include <string.h>

static enum cmd_result set_block(struct session *s, const struct cmd_match *m)
{
	struct config_access *a = &session_config(s)->access;

	a->block_s = cmd_is_no(m) ? 0 : (unsigned)cmd_num(m, "seconds", 0);
	a->block_attempts = cmd_is_no(m) ? 0 : (unsigned)cmd_num(m, "attempts", 0);
	a->block_within_s = cmd_is_no(m) ? 0 : (unsigned)cmd_num(m, "within", 0);
	if (cmd_is_no(m))
		aaa_forget(session_shell(s)->aaa);
	return CMD_OK;
}

static enum cmd_result set_delay(struct session *s, const struct cmd_match *m)
{
	session_config(s)->access.login_delay_s = cmd_is_no(m) ? 0 : (unsigned)cmd_num(m, "seconds", 0);
	return CMD_OK;
}

static enum cmd_result set_quiet(struct session *s, const struct cmd_match *m)
{
	struct config_access *a = &session_config(s)->access;
	const char *name = cmd_is_no(m) ? "" : cmd_text(m, "list");

	if (strlen(name) >= sizeof(a->quiet_list)) {
		session_line(s, "%% Name is longer than %zu characters", sizeof(a->quiet_list) - 1);
		return CMD_REJECTED;
	}
	snprintf(a->quiet_list, sizeof(a->quiet_list), "%s", name);
	return CMD_OK;
}

static enum cmd_result set_log(struct session *s, const struct cmd_match *m)
{
	struct config_access *a = &session_config(s)->access;
	unsigned *every = cmd_of(m)->arg ? &a->log_successes_every : &a->log_failures_every;

	*every = cmd_is_no(m) ? 0 : (unsigned)cmd_num(m, "every", 1);
	return CMD_OK;
}

static void write_log(struct out *o, const char *what, unsigned every)
{
	if (every > 1)
		out_line(o, "login %s log every %u", what, every);
	else if (every)
		out_line(o, "login %s log", what);
}

void write_login(struct out *o, const struct config *c)
{
	const struct config_access *a = &c->access;

	if (a->block_s)
		out_line(o, "login block-for %u attempts %u within %u", a->block_s, a->block_attempts,
			 a->block_within_s);
	if (a->login_delay_s)
		out_line(o, "login delay %u", a->login_delay_s);
	if (a->quiet_list[0])
		out_line(o, "login quiet-mode access-class %s", a->quiet_list);
	write_log(o, "on-failure", a->log_failures_every);
	write_log(o, "on-success", a->log_successes_every);
}

/* --- show login ---- */

static void print_watch(struct session *s, const struct config_access *a, const struct aaa_counts *n)
{
	session_line(s, "     Router enabled to watch for login Attacks.");
	session_line(s, "     If more than %u login failures occur in %u seconds or less,", a->block_attempts,
		     a->block_within_s);
	session_line(s, "     logins will be disabled for %u seconds.\n", a->block_s);
	if (n->quiet_left_s) {
		session_line(s, "     Router presently in Quiet-Mode.");
		session_line(s, "     Will remain in Quiet-Mode for %u seconds.", n->quiet_left_s);
		if (a->quiet_list[0])
			session_line(s, "     Restricted logins filtered by applied ACL %s.", a->quiet_list);
		else
			session_line(s, "     Denying logins from all sources.");
		return;
	}
	session_line(s, "     Router presently in Normal-Mode.");
	session_line(s, "     Current Watch Window");
	session_line(s, "         Time remaining: %u seconds.",
		     n->window_age_s < a->block_within_s ? a->block_within_s - n->window_age_s : 0);
	session_line(s, "         Login failures for current window: %u.",
		     n->window_age_s < a->block_within_s ? n->in_window : 0);
	session_line(s, "     Total login failures: %u.", n->total);
}

static void print_log(struct session *s, const char *what, unsigned every)
{
	if (every > 1)
		session_line(s, "     Every %u %s login is logged.", every, what);
	else if (every)
		session_line(s, "     All %s login is logged.", what);
}

static enum cmd_result show_login(struct session *s, const struct cmd_match *m)
{
	const struct config_access *a = &session_config(s)->access;
	struct aaa_counts n = { 0 };

	(void)m;
	if (session_shell(s)->aaa)
		aaa_count(session_shell(s)->aaa, &n);
	if (a->login_delay_s)
		session_line(s, "     A login delay of %u seconds is applied.", a->login_delay_s);
	else
		session_line(s, "     A default login delay of 1 seconds is applied.");
	if (a->quiet_list[0])
		session_line(s, "     Quiet-Mode access list %s is applied.", a->quiet_list);
	else
		session_line(s, "     No Quiet-Mode access list has been configured.");
	print_log(s, "successful", a->log_successes_every);
	print_log(s, "failed", a->log_failures_every);
	session_line(s, "%s", "");
	if (a->block_s)
		print_watch(s, a, &n);
	else
		session_line(s, "     Router NOT enabled to watch for login Attacks");
	return CMD_OK;
}

static enum cmd_result show_failures(struct session *s, const struct cmd_match *m)
{
	char from[IP_TEXT_SIZE], at[AAA_TIME_SIZE];
	struct aaa_counts n = { 0 };

	(void)m;
	if (session_shell(s)->aaa)
		aaa_count(session_shell(s)->aaa, &n);
	if (!n.failure_count) {
		session_line(s, "*** No logged failed login attempts with the device.***");
		return CMD_OK;
	}
	session_line(s, "Total failed logins: %u", n.total);
	session_line(s, "Detailed information about last %d failures\n", AAA_FAILURES);
	session_line(s, "Username        SourceIPAddr    lPort Count TimeStamp");
	for (unsigned i = 0; i < n.failure_count; i++) {
		const struct aaa_failure *f = &n.failures[i];

		session_line(s, "%-15s %-15s %-5u %-5u %s", f->user, ip_text(&f->from, from), f->port, f->count,
			     aaa_time_text(f->at, at));
	}
	return CMD_OK;
}

/* --- the tables ---- */

#define FLAG  MODE_CONFIG, 15, CMD_NO
#define VALUE MODE_CONFIG, 15, CMD_NO | CMD_NO_SHORT
#define LOGIN KW("login", "Enable secure login checking")

#define ON_FAILURE                                                                                                     \
	LOGIN, KW("on-failure", "Set options for failed login attempt"), KW("log", "Generate syslogs on failure logins")
#define ON_SUCCESS                                                                                                     \
	LOGIN, KW("on-success", "Set options for successful login attempt"),                                           \
		KW("log", "Generate syslogs on successful logins")
#define EVERY KW("every", "Periodicity of logs"), NUM("every", 1, 65535, "Periodicity of logs")

static const struct cmd login_cmds[] = {
	{ VALUE,
	  { LOGIN, KW("block-for", "Set quiet-mode active time period"),
	    NUM("seconds", 1, 65535, "Time period in seconds"), KW("attempts", "Set max number of fail attempts"),
	    NUM("attempts", 1, 65535, "Fail attempts limit in specified time"),
	    KW("within", "Watch period for fail attempts"), NUM("within", 1, 65535, "Time period in seconds") },
	  set_block },
	{ FLAG | CMD_ONLY_NO, { LOGIN, KW("block-for", "Set quiet-mode active time period") }, set_block },
	{ VALUE,
	  { LOGIN, KW("delay", "Set delay between successive fail login"),
	    NUM("seconds", 1, 10, "Delay between successive fail login in seconds") },
	  set_delay },
	{ VALUE,
	  { LOGIN, KW("quiet-mode", "Set quiet-mode options"), KW("access-class", "Set access-list to be applied"),
	    WORD("list", "IP access-list name or number") },
	  set_quiet },
	{ FLAG, { ON_FAILURE }, set_log, false },
	{ VALUE, { ON_FAILURE, EVERY }, set_log, false },
	{ FLAG, { ON_SUCCESS }, set_log, true },
	{ VALUE, { ON_SUCCESS, EVERY }, set_log, true },
};

const struct cmd_table cmd_login_table = CMD_TABLE(login_cmds);

#define SHOW       KW("show", "Show running system information")
#define SHOW_LOGIN KW("login", "Display Secure Login Configurations and State")

static const struct cmd show_login_cmds[] = {
	{ MODE_EXEC, 15, 0, { SHOW, SHOW_LOGIN }, show_login },
	{ MODE_EXEC, 15, 0, { SHOW, SHOW_LOGIN, KW("failures", "Display Secure Login Failures") }, show_failures },
};

const struct cmd_table cmd_show_login_table = CMD_TABLE(show_login_cmds);
