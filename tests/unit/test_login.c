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
		g.input = "y"; /* to `[confirm]` */
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

/* What is typed, and then nothing for longer than anybody waits. */
static int read_within(void *ctx, int timeout_ms)
{
	struct rig *rig = ctx;

	CU_ASSERT_TRUE(timeout_ms > 0 && timeout_ms <= 30000);
	return *rig->input ? (unsigned char)*rig->input++ : -2;
}

static void who_says_nothing_is_sent_away(void)
{
	open_line(SESSION_VTY, "username bob password x\nenable secret x\nline vty 0 4\nlogin local");
	g.session->io.read_within = read_within;
	CU_ASSERT_FALSE(enter("bo"));
	CU_ASSERT_TRUE(rig_is(&g, "\nUser Access Verification\n\nUsername: bo\n% Username:  timeout expired!\n"));
	CU_ASSERT_FALSE(enter("bob\r"));
	CU_ASSERT_TRUE(rig_is(&g, "\nUser Access Verification\n\nUsername: bob\nPassword: \n"
				  "% Password:  timeout expired!\n"));
	g.input = "";
	rig_type(&g, "enable");
	CU_ASSERT_TRUE(rig_is(&g, "R2>enable\nPassword: \n% Password:  timeout expired!\n"));
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

/* --- aaa new-model ---- */

static void lists_take_the_place_of_login(void)
{
	static const char users[] = "username admin privilege 15 secret cisco\nusername Bob secret x\naaa new-model\n";
	char all[512];

	snprintf(all, sizeof(all), "%sline vty 0 4\npassword line", users);
	open_line(SESSION_VTY, all);
	CU_ASSERT_TRUE(enter("eve\rcisco\rADMIN\rcisco\r"));
	CU_ASSERT_TRUE(rig_is(&g,
			      "\nUser Access Verification\n\nUsername: eve\nPassword: \n\n% Authentication failed\n\n"
			      "Username: ADMIN\nPassword: \n"));
	/* the level is authorization's to give */
	CU_ASSERT_EQUAL(session_privilege(g.session), 1);
	close_line();

	snprintf(all, sizeof(all),
		 "%saaa authentication login default local-case\naaa authorization exec default local", users);
	open_line(SESSION_VTY, all);
	CU_ASSERT_TRUE(enter("ADMIN\rcisco\rbob\rx\radmin\rcisco\r"));
	CU_ASSERT_EQUAL(session_privilege(g.session), 15);
	close_line();

	snprintf(all, sizeof(all),
		 "%saaa authentication login VTY line\nline vty 0 4\npassword line\nlogin authentication VTY", users);
	open_line(SESSION_VTY, all);
	CU_ASSERT_TRUE(enter("x\rline\r"));
	CU_ASSERT_TRUE(
		rig_is(&g, "\nUser Access Verification\n\nPassword: \n\n% Authentication failed\n\nPassword: \n"));
	close_line();
}

static void a_method_without_anything_to_check_leaves_it_to_the_next(void)
{
	open_line(SESSION_VTY, "aaa new-model\naaa authentication login default local line enable\n"
			       "enable secret cisco\nusername bob secret x\nno username bob");
	CU_ASSERT_TRUE(enter("eve\rcisco\r"));
	close_line();
	open_line(SESSION_VTY, "aaa new-model\naaa authentication login default line");
	CU_ASSERT_FALSE(enter("x\rx\rx\r"));
	close_line();
	/* but one that has something to check is the last word */
	open_line(SESSION_VTY, "aaa new-model\naaa authentication login default local none\nusername bob secret x");
	CU_ASSERT_FALSE(enter("eve\rx\rbob\ry\rbob\rz\r"));
	close_line();
	open_line(SESSION_VTY, "aaa new-model\naaa authentication login default none");
	CU_ASSERT_TRUE(enter(""));
	close_line();
}

static void the_console_has_no_list_of_its_own(void)
{
	open_line(SESSION_CONSOLE, "username admin privilege 15 secret cisco\naaa new-model\n"
				   "aaa authorization exec default local");
	CU_ASSERT_TRUE(enter(""));
	close_line();
	open_line(SESSION_CONSOLE, "username admin privilege 15 secret cisco\naaa new-model\n"
				   "aaa authentication login default local\naaa authorization exec default local");
	CU_ASSERT_TRUE(enter("admin\rcisco\r"));
	CU_ASSERT_EQUAL(session_privilege(g.session), 1);
	close_line();
	open_line(SESSION_CONSOLE, "username admin privilege 15 secret cisco\naaa new-model\n"
				   "aaa authentication login default local\naaa authorization exec default local\n"
				   "aaa authorization console");
	CU_ASSERT_TRUE(enter("admin\rcisco\r"));
	CU_ASSERT_EQUAL(session_privilege(g.session), 15);
	close_line();
}

static void who_is_no_user_gets_no_exec_from_users(void)
{
	unsigned privilege;

	open_line(SESSION_VTY, "aaa new-model\naaa authentication login default enable\nenable secret cisco\n"
			       "aaa authorization exec default local");
	CU_ASSERT_EQUAL(aaa_password(&g.shell, LINE_VTY, 0, "eve", "cisco", &privilege), AAA_DENIED);
	CU_ASSERT_EQUAL(aaa_known_user(&g.shell, LINE_VTY, 0, "eve", &privilege), AAA_DENIED);
	close_line();
}

static void commands_are_authorized_by_list(void)
{
	open_line(SESSION_VTY, "aaa new-model\nenable secret cisco\nusername bob secret x\n"
			       "aaa authorization commands 15 default local");
	session_set_privilege(g.session, 15);
	rig_type(&g, "show privilege");
	rig_type(&g, "conf t");
	CU_ASSERT_TRUE(rig_is(&g, "R2#show privilege\nCurrent privilege level is 15\nR2#conf t\n"
				  "Command authorization failed.\n\n"));
	session_set_user(g.session, "bob");
	rig_type(&g, "conf t");
	CU_ASSERT_EQUAL(session_mode(g.session), MODE_CONFIG);
	/* in configuration only when that is asked for, and then for whoever runs it */
	session_set_user(g.session, "eve");
	CU_ASSERT_EQUAL(rig_type(&g, "aaa authorization config-commands"), SESSION_ACCEPTED);
	CU_ASSERT_EQUAL(rig_type(&g, "hostname R9"), SESSION_REJECTED_LINE);
	g.session->from = (struct ip_addr){ 0 };
	CU_ASSERT_EQUAL(rig_type(&g, "hostname R9"), SESSION_ACCEPTED);
	close_line();
}

/* --- enable ---- */

static void enable_asks_for_its_password(void)
{
	open_line(SESSION_VTY, "enable secret cisco\nenable password other\nenable secret level 7 seven");
	g.input = "x\rother\r\r";
	rig_type(&g, "enable");
	CU_ASSERT_TRUE(rig_is(&g, "R2>enable\nPassword: \nPassword: \nPassword: \n% Bad secrets\n\n"));
	CU_ASSERT_EQUAL(session_privilege(g.session), 1);
	g.input = "x\rcisco\r";
	rig_type(&g, "enable");
	CU_ASSERT_EQUAL(session_privilege(g.session), 15);
	g.input = "";
	rig_type(&g, "enable 7");
	CU_ASSERT_EQUAL(session_privilege(g.session), 7);
	rig_type(&g, "enable");
	CU_ASSERT_EQUAL(session_privilege(g.session), 7);
	rig_type(&g, "disable");
	g.input = "seven\r";
	rig_type(&g, "enable 7");
	CU_ASSERT_EQUAL(session_privilege(g.session), 7);
	rig_type(&g, "disable");
	rig_clear(&g);
	rig_type(&g, "enable 5");
	CU_ASSERT_TRUE(rig_is(&g, "R2>enable 5\n% No password set\n"));
	close_line();
	open_line(SESSION_VTY, "enable password cisco");
	g.input = "a\rb\rc\r";
	rig_type(&g, "enable");
	CU_ASSERT_TRUE(rig_is(&g, "R2>enable\nPassword: \nPassword: \nPassword: \n% Bad passwords\n\n"));
	close_line();
}

static void enable_without_a_password(void)
{
	open_line(SESSION_VTY, "");
	rig_type(&g, "enable");
	CU_ASSERT_TRUE(rig_is(&g, "R2>enable\n% No password set\n"));
	g.session->from = (struct ip_addr){ 0 };
	rig_type(&g, "enable");
	CU_ASSERT_EQUAL(session_privilege(g.session), 15);
	close_line();
	open_line(SESSION_CONSOLE, "");
	rig_type(&g, "enable");
	CU_ASSERT_EQUAL(session_privilege(g.session), 15);
	close_line();
	open_line(SESSION_CONSOLE, "enable secret cisco");
	g.input = "x\r";
	rig_type(&g, "enable");
	CU_ASSERT_EQUAL(session_privilege(g.session), 1);
	close_line();
}

static void enable_by_list(void)
{
	open_line(SESSION_VTY, "aaa new-model");
	rig_type(&g, "enable");
	CU_ASSERT_TRUE(rig_is(&g, "R2>enable\n% Error in authentication.\n\n"));
	close_line();
	open_line(SESSION_VTY, "aaa new-model\nenable secret cisco\naaa authentication enable default enable");
	g.input = "a\rb\rc\r";
	rig_type(&g, "enable");
	CU_ASSERT_TRUE(rig_is(&g, "R2>enable\nPassword: \n% Access denied\n\nPassword: \n% Access denied\n\n"
				  "Password: \n% Bad secrets\n\n"));
	close_line();
	open_line(SESSION_VTY, "aaa new-model\naaa authentication enable default enable none");
	rig_type(&g, "enable");
	CU_ASSERT_EQUAL(session_privilege(g.session), 15);
	close_line();
}

/* --- banners ---- */

static void banners_are_shown_in_their_turn(void)
{
	open_line(SESSION_VTY,
		  "username bob password x\nip domain name example.com\nbanner motd #motd of $(hostname)#\n"
		  "banner login #$(hostname).$(domain)$(#\nbanner exec #line $(line)#\nline vty 0 4\n"
		  "login local");
	CU_ASSERT_TRUE(enter("bob\rx\r"));
	CU_ASSERT_TRUE(rig_is(&g, "\nmotd of R2\n\nR2.example.com$(\n\nUser Access Verification\n\nUsername: bob\n"
				  "Password: \n\nline 2\n"));
	CU_ASSERT_TRUE(login_run(g.session, true));
	CU_ASSERT_TRUE(rig_is(&g, "\nline 2\n"));
	close_line();
	open_line(SESSION_VTY, "banner motd #motd#\nbanner login #login#\nbanner exec #exec#\nline vty 0 4\nno login");
	CU_ASSERT_TRUE(enter(""));
	CU_ASSERT_TRUE(rig_is(&g, "\nmotd\n\nexec\n"));
	close_line();
}

static void banners_of_several_lines(void)
{
	open_line(SESSION_TEST, "");
	rig_type(&g, "conf t");
	rig_clear(&g);
	g.input = "  two\r\rfour#ignored\r";
	rig_type(&g, "banner motd #");
	CU_ASSERT_TRUE(rig_is(&g,
			      "R2(config)#banner motd #\nEnter TEXT message.  End with the character '#'.\n  two\n\n"
			      "four#ignored\n"));
	CU_ASSERT_STRING_EQUAL(g.shell.config->access.banners[BANNER_MOTD], "\n  two\n\nfour");
	g.input = "x\r\x03";
	CU_ASSERT_EQUAL(rig_type(&g, "banner motd #"), SESSION_REJECTED_LINE);
	CU_ASSERT_STRING_EQUAL(g.shell.config->access.banners[BANNER_MOTD], "\n  two\n\nfour");
	CU_ASSERT_EQUAL(rig_type(&g, "banner motd #a ^C b#"), SESSION_REJECTED_LINE);
	CU_ASSERT_EQUAL(rig_type(&g, "no banner motd"), SESSION_ACCEPTED);
	CU_ASSERT_PTR_NULL(g.shell.config->access.banners[BANNER_MOTD]);
	rig_type(&g, "end");
	close_line();
}

static const struct unit_test tests[] = {
	{ "a vty lets nobody in until it is configured", a_vty_lets_nobody_in_until_it_is_configured },
	{ "the password of the line", the_password_of_the_line },
	{ "no login asks nothing", no_login_asks_nothing },
	{ "users of this router", users_of_this_router },
	{ "the local socket is in already", the_local_socket_is_in_already },
	{ "the console", the_console },
	{ "who says nothing is sent away", who_says_nothing_is_sent_away },
	{ "SSH asks for users on any line", ssh_asks_for_users_on_any_line },
	{ "lists take the place of login", lists_take_the_place_of_login },
	{ "a method without anything to check leaves it to the next",
	  a_method_without_anything_to_check_leaves_it_to_the_next },
	{ "the console has no list of its own", the_console_has_no_list_of_its_own },
	{ "who is no user gets no exec from users", who_is_no_user_gets_no_exec_from_users },
	{ "commands are authorized by list", commands_are_authorized_by_list },
	{ "enable asks for its password", enable_asks_for_its_password },
	{ "enable without a password", enable_without_a_password },
	{ "enable by list", enable_by_list },
	{ "banners are shown in their turn", banners_are_shown_in_their_turn },
	{ "banners of several lines", banners_of_several_lines },
};
UNIT_MAIN("login", tests)
