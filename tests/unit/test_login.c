/* The way in, as its user sees it: banners, name and password, what is said when they are wrong. */
#include "shell/aaa.h"
#include "shell/commands.h"
#include "shell/session_int.h"
#include "tests/unit/shell_rig.h"

#include <stdio.h>
#include <string.h>

static struct rig g;
static struct cmd_table tables[COMMANDS_CONFIG];

static uint64_t no_time(void *ctx)
{
	(void)ctx;
	return 1000;
}

/* A session on this line from 10.0.0.9, with what is typed in configuration before it comes. */
static void open_line(enum session_kind kind, const char *configuration)
{
	char line[256];

	commands_config(tables);
	rig_open_router(&g, tables, COMMANDS_CONFIG, SESSION_TEST);
	session_enter(g.session, MODE_CONFIG, NULL);
	for (const char *p = configuration; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		snprintf(line, sizeof(line), "%.*s", (int)strcspn(p, "\n"), p);
		CU_ASSERT_EQUAL(session_run(g.session, line), SESSION_ACCEPTED);
	}
	session_enter(g.session, MODE_EXEC, NULL);
	session_free(g.session);
	g.shell.aaa = aaa_new();
	aaa_set_clock(g.shell.aaa, no_time, NULL);
	rig_open(&g, tables, COMMANDS_CONFIG, kind);
	if (kind == SESSION_VTY)
		ip_parse("10.0.0.9", &g.session->from);
	rig_clear(&g);
}

static bool enter(const char *typed)
{
	g.input = typed;
	return login_run(g.session, false);
}

static void close_line(void)
{
	aaa_free(g.shell.aaa);
	rig_close(&g);
}

static void a_vty_lets_nobody_in_until_it_is_configured(void)
{
	open_line(SESSION_VTY, "");
	CU_ASSERT_FALSE(enter("cisco\r"));
	CU_ASSERT_TRUE(rig_is(&g, "\n\nPassword required, but none set\n"));
	close_line();
}

static void the_password_of_the_line(void)
{
	open_line(SESSION_VTY, "line vty 0 4\npassword cisco\nlogin");
	CU_ASSERT_TRUE(enter("cisco\r"));
	CU_ASSERT_TRUE(rig_is(&g, "\nUser Access Verification\n\nPassword: \n"));
	CU_ASSERT_EQUAL(session_privilege(g.session), 1);
	CU_ASSERT_STRING_EQUAL(session_user(g.session), "");
	CU_ASSERT_FALSE(enter("a\rb\r\rcisco\r"));
	CU_ASSERT_TRUE(
		rig_is(&g, "\nUser Access Verification\n\nPassword: \nPassword: \nPassword: \n% Bad passwords\n"));
	CU_ASSERT_FALSE(enter("cis"));
	close_line();
}

static void no_login_asks_nothing(void)
{
	open_line(SESSION_VTY, "line vty 0 4\nno login\nprivilege level 15");
	CU_ASSERT_TRUE(enter(""));
	CU_ASSERT_TRUE(rig_is(&g, ""));
	CU_ASSERT_EQUAL(session_privilege(g.session), 15);
	close_line();
}

static void users_of_this_router(void)
{
	open_line(SESSION_VTY, "username admin privilege 15 secret cisco\nusername bob password x\n"
			       "username guest nopassword\nusername nobody\nline vty 0 4\nlogin local");
	CU_ASSERT_TRUE(enter("admin\rcisco\r"));
	CU_ASSERT_TRUE(rig_is(&g, "\nUser Access Verification\n\nUsername: admin\nPassword: \n"));
	CU_ASSERT_EQUAL(session_privilege(g.session), 15);
	CU_ASSERT_STRING_EQUAL(session_user(g.session), "admin");
	CU_ASSERT_FALSE(enter("admin\rx\r\rbob\rcisco\r"));
	CU_ASSERT_TRUE(rig_is(&g, "\nUser Access Verification\n\nUsername: admin\nPassword: \n% Login invalid\n\n"
				  "Username: \nUsername: bob\nPassword: \n% Login invalid\n\n"));
	CU_ASSERT_TRUE(enter("eve\rcisco\rbob\rx\r"));
	CU_ASSERT_TRUE(rig_is(&g, "\nUser Access Verification\n\nUsername: eve\nPassword: \n% Login invalid\n\n"
				  "Username: bob\nPassword: \n"));
	CU_ASSERT_EQUAL(session_privilege(g.session), 1);
	CU_ASSERT_TRUE(enter("guest\r"));
	CU_ASSERT_TRUE(rig_is(&g, "\nUser Access Verification\n\nUsername: guest\n"));
	/* without a password and without `nopassword` */
	CU_ASSERT_FALSE(enter("nobody\r\rnobody\rnobody\rnobody\r"));
	close_line();
}

static void the_local_socket_is_in_already(void)
{
	open_line(SESSION_VTY, "");
	g.session->from = (struct ip_addr){ 0 };
	CU_ASSERT_TRUE(enter(""));
	CU_ASSERT_TRUE(rig_is(&g, ""));
	close_line();
}

static void the_console(void)
{
	open_line(SESSION_CONSOLE, "");
	CU_ASSERT_TRUE(enter(""));
	CU_ASSERT_TRUE(rig_is(&g, ""));
	close_line();
	/* it is never locked by a password that is missing */
	open_line(SESSION_CONSOLE, "line con 0\nlogin");
	CU_ASSERT_TRUE(enter(""));
	CU_ASSERT_TRUE(rig_is(&g, ""));
	close_line();
	open_line(SESSION_CONSOLE, "line con 0\npassword cisco\nlogin");
	CU_ASSERT_TRUE(enter("cisco\r"));
	CU_ASSERT_TRUE(rig_is(&g, "\nUser Access Verification\n\nPassword: \n"));
	close_line();
}

static void ssh_asks_for_users_on_any_line(void)
{
	unsigned privilege = 0;

	open_line(SESSION_VTY, "username admin privilege 7 secret cisco\nline vty 0 4\npassword line\nlogin");
	CU_ASSERT_EQUAL(aaa_password(&g.shell, LINE_VTY, 0, "admin", "cisco", &privilege), AAA_GRANTED);
	CU_ASSERT_EQUAL(privilege, 7);
	CU_ASSERT_EQUAL(aaa_password(&g.shell, LINE_VTY, 0, "admin", "line", &privilege), AAA_DENIED);
	CU_ASSERT_EQUAL(aaa_password(&g.shell, LINE_VTY, 0, NULL, "line", &privilege), AAA_GRANTED);
	CU_ASSERT_EQUAL(privilege, 1);
	CU_ASSERT_EQUAL(aaa_known_user(&g.shell, LINE_VTY, 0, "admin", &privilege), AAA_GRANTED);
	CU_ASSERT_EQUAL(privilege, 7);
	CU_ASSERT_EQUAL(aaa_known_user(&g.shell, LINE_VTY, 0, "eve", &privilege), AAA_DENIED);
	CU_ASSERT_TRUE(login_run(g.session, true));
	CU_ASSERT_TRUE(rig_is(&g, ""));
	close_line();
	open_line(SESSION_VTY, "");
	CU_ASSERT_EQUAL(aaa_password(&g.shell, LINE_VTY, 0, "admin", "", &privilege), AAA_IMPOSSIBLE);
	CU_ASSERT_EQUAL(aaa_password(&g.shell, LINE_VTY, 0, NULL, "", &privilege), AAA_IMPOSSIBLE);
	close_line();
}

static const struct unit_test tests[] = {
	{ "a vty lets nobody in until it is configured", a_vty_lets_nobody_in_until_it_is_configured },
	{ "the password of the line", the_password_of_the_line },
	{ "no login asks nothing", no_login_asks_nothing },
	{ "users of this router", users_of_this_router },
	{ "the local socket is in already", the_local_socket_is_in_already },
	{ "the console", the_console },
	{ "SSH asks for users on any line", ssh_asks_for_users_on_any_line },
};
UNIT_MAIN("login", tests)
