/* What is counted of logins: log lines, the watch for attacks, the quiet mode, show login; and who waits for what. */
#include "shell/aaa_int.h"
#include "shell/commands.h"
#include "shell/commands_show.h"
#include "tests/unit/shell_rig.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

static struct rig g;
static struct cmd_table tables[COMMANDS_CONFIG + 1];
static uint64_t now_ms;
static char logged[4096];

static uint64_t test_clock(void *ctx)
{
	(void)ctx;
	return now_ms;
}

static void open_aaa(const char *configuration)
{
	struct log_settings plain = { .buffer_level = 7, .buffer_octets = 8192 };
	char line[256];

	commands_config(tables);
	tables[COMMANDS_CONFIG] = cmd_show_login_table;
	rig_open_router(&g, tables, COMMANDS_CONFIG + 1, SESSION_TEST);
	logger_configure(g.shell.log, &plain);
	now_ms = 1000000;
	g.shell.aaa = aaa_new();
	aaa_set_clock(g.shell.aaa, test_clock, NULL);
	session_enter(g.session, MODE_CONFIG, NULL);
	for (const char *p = configuration; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		snprintf(line, sizeof(line), "%.*s", (int)strcspn(p, "\n"), p);
		CU_ASSERT_EQUAL(session_run(g.session, line), SESSION_ACCEPTED);
	}
	session_enter(g.session, MODE_EXEC, NULL);
	rig_clear(&g);
}

static void close_aaa(void)
{
	aaa_free(g.shell.aaa);
	rig_close(&g);
}

static void collect(void *ctx, const char *text)
{
	(void)ctx;
	snprintf(logged + strlen(logged), sizeof(logged) - strlen(logged), "%s\n", text);
}

/* All that was logged, without the time of day. */
static const char *log_text(void)
{
	char *at;

	logged[0] = '\0';
	logger_each(g.shell.log, collect, NULL);
	for (char *p = logged; (at = strstr(p, " at ")); p = at + 4) {
		size_t n = strcspn(at, "\n");

		CU_ASSERT_TRUE(n > strlen(" at 00:00:00 UTC Thu Jan 1 1970") - 1);
		CU_ASSERT_PTR_NOT_NULL(strstr(at, " UTC "));
		memmove(at + 3, at + n, strlen(at + n) + 1);
	}
	return logged;
}

static struct ip_addr address(const char *text)
{
	struct ip_addr a = { 0 };

	if (text)
		CU_ASSERT_TRUE(ip_parse(text, &a));
	return a;
}

static void fail(const char *user, const char *from, unsigned port)
{
	struct ip_addr a = address(from);

	aaa_note(&g.shell, false, user, &a, port);
}

static bool blocked(const char *from)
{
	struct ip_addr a = address(from);

	return aaa_blocked(&g.shell, &a);
}

static void nothing_is_logged_unless_asked_for(void)
{
	struct ip_addr from = address("10.0.0.9");

	open_aaa("");
	fail("admin", "10.0.0.9", 22);
	aaa_note(&g.shell, true, "admin", &from, 22);
	CU_ASSERT_STRING_EQUAL(log_text(), "");
	CU_ASSERT_FALSE(blocked("10.0.0.9"));
	close_aaa();
}

static void logins_are_logged(void)
{
	struct ip_addr from = address("2001:db8::9");

	open_aaa("login on-failure log\nlogin on-success log");
	fail("ad\x01min", "10.0.0.9", 22);
	fail(NULL, NULL, 0);
	aaa_note(&g.shell, true, "admin", &from, 23);
	CU_ASSERT_STRING_EQUAL(
		log_text(), "%SEC_LOGIN-4-LOGIN_FAILED: Login failed [user: ad?min] [Source: 10.0.0.9] [localport: 22] "
			    "[Reason: Login Authentication Failed] at\n"
			    "%SEC_LOGIN-4-LOGIN_FAILED: Login failed [user: ] [Source: 0.0.0.0] [localport: 0] "
			    "[Reason: Login Authentication Failed] at\n"
			    "%SEC_LOGIN-5-LOGIN_SUCCESS: Login Success [user: admin] [Source: 2001:DB8::9] "
			    "[localport: 23] at\n");
	close_aaa();
}

static void one_of_several_is_logged(void)
{
	open_aaa("login on-failure log every 2");
	fail("a", "10.0.0.9", 22);
	fail("b", "10.0.0.9", 22);
	fail("c", "10.0.0.9", 22);
	CU_ASSERT_PTR_NOT_NULL(strstr(log_text(), "[user: b]"));
	CU_ASSERT_PTR_NULL(strstr(log_text(), "[user: a]"));
	CU_ASSERT_PTR_NULL(strstr(log_text(), "[user: c]"));
	close_aaa();
}

static void too_many_failures_make_it_quiet(void)
{
	open_aaa("login block-for 120 attempts 3 within 60");
	fail("a", "10.0.0.9", 22);
	fail("b", "10.0.0.9", 23);
	CU_ASSERT_FALSE(blocked("10.0.0.9"));
	/* a window that is over counts no more, and the console never */
	now_ms += 61000;
	fail("c", "10.0.0.9", 22);
	fail("d", NULL, 0);
	now_ms += 54000;
	fail("e", "10.0.0.8", 22);
	CU_ASSERT_FALSE(blocked("10.0.0.9"));
	fail("f", "10.0.0.8", 22);
	CU_ASSERT_TRUE(blocked("10.0.0.9"));
	CU_ASSERT_TRUE(blocked("2001:db8::1"));
	CU_ASSERT_FALSE(blocked(NULL));
	now_ms += 119999;
	CU_ASSERT_TRUE(blocked("10.0.0.9"));
	now_ms += 1;
	CU_ASSERT_FALSE(blocked("10.0.0.9"));
	fail("g", "10.0.0.9", 22);
	CU_ASSERT_FALSE(blocked("10.0.0.9"));
	CU_ASSERT_STRING_EQUAL(log_text(),
			       "%SEC_LOGIN-1-QUIET_MODE_ON: Still timeleft for watching failures is 6 secs, "
			       "[user: f] [Source: 10.0.0.8] [localport: 22] "
			       "[Reason: Login Authentication Failed] [ACL: sl_def_acl] at\n"
			       "%SEC_LOGIN-5-QUIET_MODE_OFF: Quiet Mode is OFF, because block period timed "
			       "out at\n");
	close_aaa();
}

static void a_list_says_who_may_come_while_it_is_quiet(void)
{
	open_aaa("login block-for 120 attempts 1 within 60\nlogin quiet-mode access-class 23\n"
		 "access-list 23 permit 10.0.0.1\nline con 0");
	fail("a", "10.0.0.9", 22);
	CU_ASSERT_TRUE(blocked("10.0.0.9"));
	CU_ASSERT_FALSE(blocked("10.0.0.1"));
	CU_ASSERT_PTR_NOT_NULL(strstr(log_text(), "[ACL: 23] at\n"));
	session_enter(g.session, MODE_CONFIG, NULL);
	CU_ASSERT_EQUAL(session_run(g.session, "no login block-for"), SESSION_ACCEPTED);
	session_enter(g.session, MODE_EXEC, NULL);
	CU_ASSERT_FALSE(blocked("10.0.0.9"));
	CU_ASSERT_PTR_NOT_NULL(strstr(log_text(), "%SEC_LOGIN-5-QUIET_MODE_OFF: "));
	close_aaa();
}

static void show_login_tells(void)
{
	open_aaa("");
	rig_type(&g, "show login");
	rig_type(&g, "show login failures");
	CU_ASSERT_TRUE(rig_is(&g, "R2#show login\n"
				  "     A default login delay of 1 seconds is applied.\n"
				  "     No Quiet-Mode access list has been configured.\n"
				  "\n"
				  "     Router NOT enabled to watch for login Attacks\n"
				  "R2#show login failures\n"
				  "*** No logged failed login attempts with the device.***\n"));
	close_aaa();
	open_aaa("login block-for 120 attempts 3 within 60\nlogin delay 3\nlogin on-failure log\nlogin on-success log\n"
		 "login quiet-mode access-class 23");
	fail("a", "10.0.0.9", 22);
	fail("a", "10.0.0.9", 22);
	now_ms += 5000;
	rig_type(&g, "show login");
	CU_ASSERT_TRUE(rig_is(&g, "R2#show login\n"
				  "     A login delay of 3 seconds is applied.\n"
				  "     Quiet-Mode access list 23 is applied.\n"
				  "     All successful login is logged.\n"
				  "     All failed login is logged.\n"
				  "\n"
				  "     Router enabled to watch for login Attacks.\n"
				  "     If more than 3 login failures occur in 60 seconds or less,\n"
				  "     logins will be disabled for 120 seconds.\n"
				  "\n"
				  "     Router presently in Normal-Mode.\n"
				  "     Current Watch Window\n"
				  "         Time remaining: 55 seconds.\n"
				  "         Login failures for current window: 2.\n"
				  "     Total login failures: 2.\n"));
	fail("b", "10.0.0.9", 23);
	now_ms += 500;
	rig_type(&g, "show login");
	CU_ASSERT_PTR_NOT_NULL(strstr(g.out, "     Router presently in Quiet-Mode.\r\n"
					     "     Will remain in Quiet-Mode for 120 seconds.\r\n"
					     "     Restricted logins filtered by applied ACL 23.\r\n"));
	rig_clear(&g);
	rig_type(&g, "show login failures");
	CU_ASSERT_PTR_NOT_NULL(strstr(g.out, "Total failed logins: 3\r\n"
					     "Detailed information about last 50 failures\r\n\r\n"
					     "Username        SourceIPAddr    lPort Count TimeStamp\r\n"
					     "a               10.0.0.9        22    2     "));
	CU_ASSERT_PTR_NOT_NULL(strstr(g.out, "\r\nb               10.0.0.9        23    1     "));
	close_aaa();
}

static void the_last_failures_are_remembered(void)
{
	struct aaa_counts n;
	char user[16];

	open_aaa("");
	for (unsigned i = 0; i < AAA_FAILURES + 10; i++) {
		snprintf(user, sizeof(user), "user%u", i);
		fail(user, "10.0.0.9", 22);
	}
	fail("user20", "10.0.0.9", 22);
	aaa_count(g.shell.aaa, &n);
	CU_ASSERT_EQUAL(n.total, AAA_FAILURES + 11);
	CU_ASSERT_EQUAL(n.failure_count, AAA_FAILURES);
	CU_ASSERT_STRING_EQUAL(n.failures[0].user, "user10");
	CU_ASSERT_STRING_EQUAL(n.failures[AAA_FAILURES - 1].user, "user20");
	CU_ASSERT_EQUAL(n.failures[AAA_FAILURES - 1].count, 2);
	close_aaa();
}

/* --- with time that passes ---- */

static void *stop_soon(void *arg)
{
	aaa_stop(arg);
	return NULL;
}

/* A delay of hours ends with the router; so does the wait for the end of the quiet mode. */
static void nobody_waits_for_a_router_that_stops(void)
{
	pthread_t thread;
	unsigned privilege;

	open_aaa("username bob secret x\nlogin delay 10\nlogin block-for 60000 attempts 1 within 60");
	g.shell.config->access.login_delay_s = 36000;
	aaa_free(g.shell.aaa);
	g.shell.aaa = aaa_new();
	fail("bob", "10.0.0.9", 22);
	CU_ASSERT_TRUE(blocked("10.0.0.9"));
	CU_ASSERT_EQUAL(pthread_create(&thread, NULL, stop_soon, g.shell.aaa), 0);
	CU_ASSERT_EQUAL(aaa_password(&g.shell, LINE_VTY, 0, "bob", "y", &privilege), AAA_DENIED);
	pthread_join(thread, NULL);
	close_aaa();
}

static const struct unit_test tests[] = {
	{ "nothing is logged unless asked for", nothing_is_logged_unless_asked_for },
	{ "logins are logged", logins_are_logged },
	{ "one of several is logged", one_of_several_is_logged },
	{ "too many failures make it quiet", too_many_failures_make_it_quiet },
	{ "a list says who may come while it is quiet", a_list_says_who_may_come_while_it_is_quiet },
	{ "show login tells", show_login_tells },
	{ "the last failures are remembered", the_last_failures_are_remembered },
	{ "nobody waits for a router that stops", nobody_waits_for_a_router_that_stops },
};
UNIT_MAIN("aaa", tests)
