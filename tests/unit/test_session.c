/* Sessions: filters, paging, dialogs, the lock, the log, what is marked as changed. */
#include "config.h" /* gettid */

#include "tests/unit/shell_rig.h"

#include "shell/cmd_session.h"
#include "shell/logq.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct rig g;

static enum cmd_result print_lines(struct session *s, const struct cmd_match *m)
{
	int64_t n = cmd_num(m, "count", 3);

	CU_ASSERT_TRUE(rig_router_locked(session_router(s)));
	for (int64_t i = 1; i <= n; i++)
		session_line(s, "line %d", (int)i);
	return CMD_OK;
}

static enum cmd_result print_config(struct session *s, const struct cmd_match *m)
{
	(void)m;
	session_line(s, "interface Tunnel23\n ip address 1.1.1.1 255.0.0.0\n!\nend");
	return CMD_OK;
}

static enum cmd_result ping(struct session *s, const struct cmd_match *m)
{
	(void)m;
	CU_ASSERT_FALSE(rig_router_locked(session_router(s)));
	session_line(s, "Type escape sequence to abort.");
	for (int i = 0; i < 5; i++)
		session_text(s, "!");
	session_line(s, "%s", "");
	session_line(s, "done");
	return CMD_OK;
}

static enum cmd_result ask(struct session *s, const struct cmd_match *m)
{
	char answer[16];
	bool given = session_ask(s, "Output Interface: ", cmd_has(m, "secretly"), answer, sizeof(answer));

	CU_ASSERT_TRUE(rig_router_locked(session_router(s)));
	session_line(s, "[%s]", given ? answer : "(none)");
	return given ? CMD_OK : CMD_REJECTED;
}

static enum cmd_result confirm(struct session *s, const struct cmd_match *m)
{
	(void)m;
	session_line(s, "before");
	session_line(s, "%s", session_confirm(s, "Clear logging buffer [confirm]") ? "yes" : "no");
	return CMD_OK;
}

static enum cmd_result enter_if(struct session *s, const struct cmd_match *m)
{
	session_enter(s, MODE_IF, cmd_text(m, "interface"));
	return CMD_OK;
}

static enum cmd_result enter_line(struct session *s, const struct cmd_match *m)
{
	(void)m;
	session_enter(s, MODE_LINE, "vty 0 4");
	CU_ASSERT_EQUAL(session_line_config(s)->kind, LINE_VTY);
	CU_ASSERT_EQUAL(session_line_config(s)->last, 4);
	return CMD_OK;
}

static enum cmd_result configure_alone(struct session *s, const struct cmd_match *m);

static enum cmd_result refuse(struct session *s, const struct cmd_match *m)
{
	(void)m;
	session_line(s, "%% no");
	return CMD_REJECTED;
}

static enum cmd_result accepted(struct session *s, const struct cmd_match *m)
{
	(void)s;
	(void)m;
	return CMD_OK;
}

#define SHOW KW("show", "Show running system information")
static const struct cmd_choice modes[] = {
	{ "transport", "transport (payload encapsulation) mode", 1 },
	{ "tunnel", "tunnel (datagram encapsulation) mode", 0 },
	{ 0 },
};

static const struct cmd commands[] = {
	{ MODE_CONFIG, 15, 0, { KW("key", "Keys"), WORD("key", "The key") }, accepted },
	{ MODE_CONFIG, 15, 0, { KW("key", "Keys"), KW("0", "In clear"), WORD("key", "The key") }, accepted },
	{ MODE_CONFIG, 15, 0, { KW("key", "Keys"), KW("address", "Address") }, accepted },
	{ MODE_EXEC, 1, 0, { SHOW, KW("lines", "Lines"), NUM("count", 0, 1000, "How many") }, print_lines },
	{ MODE_EXEC, 15, 0, { SHOW, KW("running-config", "Current operating configuration") }, print_config },
	{ MODE_EXEC,
	  15,
	  0,
	  { SHOW, KW("running-config", "Current operating configuration"), KW("interface", "Show interface"),
	    IFNAME("interface", "") },
	  print_config },
	{ MODE_EXEC, 1, CMD_UNLOCKED, { KW("ping", "Send echo messages") }, ping },
	{ MODE_EXEC, 1, 0, { KW("ask", "Ask") }, ask },
	{ MODE_EXEC, 1, CMD_HIDDEN, { KW("ask", "Ask"), KW("secretly", "Secretly") }, ask },
	{ MODE_EXEC, 15, CMD_HIDDEN, { KW("alone", "Alone") }, configure_alone },
	{ MODE_EXEC, 1, 0, { KW("clear", "Reset functions") }, confirm },
	{ MODE_CONFIG,
	  15,
	  CMD_NO,
	  { KW("interface", "Select an interface to configure"), IFNAME("interface", "") },
	  enter_if },
	{ MODE_CONFIG,
	  15,
	  0,
	  { KW("access-list", "Add an access list entry"), NUM("number", 1, 2147483647, "Sequence Number") },
	  accepted },
	{ MODE_CONFIG, 15, 0, { KW("line", "Configure a terminal line") }, enter_line },
	{ MODE_CONFIG, 15, 0, { KW("refuse", "Refuse") }, refuse },
	{ MODE_CONFIG, 15, 0, { KW("mode", "Mode"), PICK("mode", modes) }, accepted },
	{ MODE_IF, 15, CMD_NO, { KW("shutdown", "Shutdown the selected interface") }, accepted },
};

static void open_rig(enum session_kind kind)
{
	static struct cmd_table tables[2] = { CMD_TABLE(commands) };

	tables[1] = cmd_session_table;
	rig_open_router(&g, tables, 2, kind);
}

static void test_filters(void)
{
	open_rig(SESSION_TEST);
	rig_type(&g, "show lines 3");
	CU_ASSERT_TRUE(rig_is(&g, "R2#show lines 3\nline 1\nline 2\nline 3\n"));
	rig_type(&g, "show lines 12 | i 1");
	CU_ASSERT_TRUE(rig_is(&g, "R2#show lines 12 | i 1\nline 1\nline 10\nline 11\nline 12\n"));
	rig_type(&g, "sh li 12|inc 2|1$");
	CU_ASSERT_TRUE(rig_is(&g, "R2#sh li 12|inc 2|1$\nline 1\nline 2\nline 11\nline 12\n"));
	rig_type(&g, "sh li 12 | exclude [0-8]$");
	CU_ASSERT_TRUE(rig_is(&g, "R2#sh li 12 | exclude [0-8]$\nline 9\n"));
	rig_type(&g, "sh li 12 | b 11");
	CU_ASSERT_TRUE(rig_is(&g, "R2#sh li 12 | b 11\nline 11\nline 12\n"));
	rig_type(&g, "sh li 12 | count 1");
	CU_ASSERT_TRUE(rig_is(&g, "R2#sh li 12 | count 1\nNumber of lines which match regexp = 4\n"));
	rig_type(&g, "sh run | sec ^interface");
	CU_ASSERT_TRUE(rig_is(&g, "R2#sh run | sec ^interface\ninterface Tunnel23\n ip address 1.1.1.1 255.0.0.0\n"));
	rig_type(&g, "sh run | s ex interface");
	CU_ASSERT_TRUE(rig_is(&g, "R2#sh run | s ex interface\n!\nend\n"));
	rig_type(&g, "sh run | include \"'#\\\\");
	CU_ASSERT_TRUE(rig_is(&g, "R2#sh run | include \"'#\\\\\n"));
	rig_close(&g);
}

static void test_filter_errors(void)
{
	open_rig(SESSION_TEST);
	rig_type(&g, "sh run | redirect tftp://x");
	CU_ASSERT_TRUE(rig_is(&g, "R2#sh run | redirect tftp://x\n"
				  "                     ^\n"
				  "% Invalid input detected at '^' marker.\n"
				  "\n"));
	rig_type(&g, "sh run | include");
	CU_ASSERT_TRUE(rig_is(&g, "R2#sh run | include\n% Incomplete command.\n\n"));
	CU_ASSERT_EQUAL(rig_type(&g, "sh run | include ("), SESSION_REJECTED_LINE);
	CU_ASSERT_TRUE(rig_is(&g, "R2#sh run | include (\n% Failed to compile regular expression.\n\n"));
	rig_type(&g, "ping | include x");
	CU_ASSERT_TRUE(rig_is(&g, "R2#ping | include x\n"
				  "        ^\n"
				  "% Invalid input detected at '^' marker.\n"
				  "\n"));
	rig_type(&g, "conf t");
	rig_clear(&g);
	rig_type(&g, "do sh li 3 | i 2");
	CU_ASSERT_TRUE(rig_is(&g, "R2(config)#do sh li 3 | i 2\nline 2\n"));
	rig_close(&g);
}

/* What the file holds, "" when there is none. */
static const char *file_text(const char *dir, const char *name)
{
	static char text[4096];
	char path[256];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/flash/%s", dir, name);
	if ((f = fopen(path, "re"))) {
		n = fread(text, 1, sizeof(text) - 1, f);
		fclose(f);
	}
	text[n] = '\0';
	return text;
}

static void test_to_file(void)
{
	char dir[] = "/tmp/test_session.XXXXXX", command[64];

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	open_rig(SESSION_TEST);
	g.shell.state_dir = dir;
	CU_ASSERT_EQUAL(rig_type(&g, "show lines 2 | redirect flash:a"), SESSION_ACCEPTED);
	CU_ASSERT_TRUE(rig_is(&g, "R2#show lines 2 | redirect flash:a\n"));
	CU_ASSERT_STRING_EQUAL(file_text(dir, "a"), "line 1\nline 2\n");
	rig_type(&g, "show lines 1 | append a");
	rig_type(&g, "show lines 1 | tee flash:/b");
	CU_ASSERT_TRUE(rig_is(&g, "R2#show lines 1 | append a\nR2#show lines 1 | tee flash:/b\nline 1\n"));
	CU_ASSERT_STRING_EQUAL(file_text(dir, "a"), "line 1\nline 2\nline 1\n");
	CU_ASSERT_STRING_EQUAL(file_text(dir, "b"), "line 1\n");
	rig_type(&g, "show lines 3 | redirect a");
	CU_ASSERT_STRING_EQUAL(file_text(dir, "a"), "line 1\nline 2\nline 3\n");
	rig_clear(&g);
	CU_ASSERT_EQUAL(rig_type(&g, "show lines 3 | tee flash:nowhere/a"), SESSION_REJECTED_LINE);
	CU_ASSERT_TRUE(rig_is(&g, "R2#show lines 3 | tee flash:nowhere/a\n"
				  "%Error opening flash:nowhere/a (No such file or directory)\n"));
	rig_type(&g, "show lines 3 | redirect a b");
	CU_ASSERT_TRUE(rig_is(&g, "R2#show lines 3 | redirect a b\n"
				  "                             ^\n"
				  "% Invalid input detected at '^' marker.\n\n"));
	/* whoever could write startup-config could give himself any level */
	session_set_privilege(g.session, 14);
	CU_ASSERT_EQUAL(rig_type(&g, "show lines 1 | redirect flash:c"), SESSION_REJECTED_LINE);
	CU_ASSERT_EQUAL(rig_type(&g, "show lines 1 | tee flash:c"), SESSION_REJECTED_LINE);
	CU_ASSERT_EQUAL(rig_type(&g, "show lines 1 | append nvram:startup-config"), SESSION_REJECTED_LINE);
	CU_ASSERT_STRING_EQUAL(file_text(dir, "c"), "");
	session_set_privilege(g.session, 15);
	rig_clear(&g);
	rig_type(&g, "show lines 3 | redirect");
	CU_ASSERT_TRUE(rig_is(&g, "R2#show lines 3 | redirect\n% Incomplete command.\n\n"));
	rig_close(&g);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	CU_ASSERT_EQUAL(system(command), 0);
}

#define MORE  " --More-- "
#define ERASE "\b\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\b\b"

static void test_paging(void)
{
	open_rig(SESSION_TEST);
	rig_type(&g, "terminal length 4");
	rig_clear(&g);
	g.input = " \rq";
	rig_type(&g, "show lines 20");
	CU_ASSERT_TRUE(rig_is(&g, "R2#show lines 20\nline 1\nline 2\nline 3\n" MORE ERASE
				  "line 4\nline 5\nline 6\n" MORE ERASE "line 7\n" MORE ERASE));
	rig_type(&g, "show lines 3");
	CU_ASSERT_TRUE(rig_is(&g, "R2#show lines 3\nline 1\nline 2\nline 3\n"));
	g.input = "x";
	rig_type(&g, "show lines 9 | i [2468]");
	CU_ASSERT_TRUE(rig_is(&g, "R2#show lines 9 | i [2468]\nline 2\nline 4\nline 6\n" MORE ERASE));
	rig_type(&g, "term len 0");
	rig_clear(&g);
	rig_type(&g, "show lines 5");
	CU_ASSERT_TRUE(rig_is(&g, "R2#show lines 5\nline 1\nline 2\nline 3\nline 4\nline 5\n"));
	/* a pattern at --More-- */
	rig_type(&g, "term len 4");
	rig_clear(&g);
	g.input = "/1[67]\r q";
	rig_type(&g, "show lines 20");
	CU_ASSERT_TRUE(rig_is(&g, "R2#show lines 20\nline 1\nline 2\nline 3\n" MORE ERASE "/1[67]\nfiltering...\n"
				  "line 16\nline 17\n" MORE ERASE "line 18\nline 19\nline 20\n"));
	g.input = "-[1-8]$\r";
	rig_type(&g, "show lines 20");
	CU_ASSERT_TRUE(rig_is(&g, "R2#show lines 20\nline 1\nline 2\nline 3\n" MORE ERASE "-[1-8]$\nfiltering...\n"
				  "line 9\nline 10\n" MORE ERASE));
	g.input = "+[\r+9$\r";
	rig_type(&g, "show lines 20");
	CU_ASSERT_TRUE(rig_is(&g, "R2#show lines 20\nline 1\nline 2\nline 3\n" MORE ERASE
				  "+[\n% Failed to compile regular expression.\n" MORE ERASE "+9$\nfiltering...\n"
				  "line 9\nline 19\n"));
	g.input = "/\x03q";
	rig_type(&g, "show lines 20");
	CU_ASSERT_TRUE(rig_is(&g, "R2#show lines 20\nline 1\nline 2\nline 3\n" MORE ERASE "/\n" MORE ERASE));
	/* a line wider than the terminal takes two */
	rig_type(&g, "term len 3");
	rig_type(&g, "term width 5");
	rig_clear(&g);
	g.input = " q";
	rig_type(&g, "show lines 9");
	CU_ASSERT_TRUE(rig_is(&g, "R2#show lines 9\nline 1\n" MORE ERASE "line 2\n" MORE ERASE));
	rig_close(&g);
}

static void test_dialogs(void)
{
	open_rig(SESSION_TEST);
	g.input = "tunnel24\b3\r";
	rig_type(&g, "ask");
	CU_ASSERT_TRUE(rig_is(&g, "R2#ask\nOutput Interface: tunnel24\b \b3\n[tunnel23]\n"));
	g.input = "abc\x03";
	CU_ASSERT_EQUAL(rig_type(&g, "ask"), SESSION_REJECTED_LINE);
	CU_ASSERT_TRUE(rig_is(&g, "R2#ask\nOutput Interface: abc\n[(none)]\n"));
	g.input = "";
	rig_type(&g, "ask");
	CU_ASSERT_TRUE(rig_is(&g, "R2#ask\nOutput Interface: \n[(none)]\n"));
	g.input = "0123456789abcdefghij\r";
	rig_type(&g, "ask");
	CU_ASSERT_TRUE(rig_is(&g, "R2#ask\nOutput Interface: 0123456789abcde\n[0123456789abcde]\n"));
	g.input = "pw\r";
	rig_type(&g, "ask secretly");
	CU_ASSERT_TRUE(rig_is(&g, "R2#ask secretly\nOutput Interface: \n[pw]\n"));
	g.input = "\r";
	rig_type(&g, "clear");
	CU_ASSERT_TRUE(rig_is(&g, "R2#clear\nbefore\nClear logging buffer [confirm]\nyes\n"));
	g.input = "n";
	rig_type(&g, "clear");
	CU_ASSERT_TRUE(rig_is(&g, "R2#clear\nbefore\nClear logging buffer [confirm]n\nno\n"));
	rig_close(&g);
}

static void test_unlocked(void)
{
	open_rig(SESSION_TEST);
	rig_type(&g, "ping");
	CU_ASSERT_TRUE(rig_is(&g, "R2#ping\nType escape sequence to abort.\n!!!!!\ndone\n"));
	rig_close(&g);
}

static void test_apply(void)
{
	open_rig(SESSION_TEST);
	rig_type(&g, "show lines 1");
	rig_type(&g, "conf t");
	CU_ASSERT_FALSE(g.shell.config_dirty);
	CU_ASSERT_EQUAL(rig_router_applied(g.shell.router), 0);
	rig_type(&g, "refuse");
	rig_type(&g, "nonsense");
	rig_type(&g, "do show lines 1");
	CU_ASSERT_FALSE(g.shell.config_dirty);
	rig_type(&g, "interface tunnel 23");
	CU_ASSERT_TRUE(g.shell.config_dirty);
	CU_ASSERT_NOT_EQUAL(g.shell.config_changed.tv_sec, 0);
	CU_ASSERT_EQUAL(rig_router_applied(g.shell.router), 1);
	CU_ASSERT_STRING_EQUAL(session_interface(g.session)->name, "Tunnel23");
	rig_type(&g, "no shutdown");
	CU_ASSERT_EQUAL(rig_router_applied(g.shell.router), 2);
	rig_type(&g, "exit");
	rig_type(&g, "exit");
	CU_ASSERT_EQUAL(rig_router_applied(g.shell.router), 2);
	rig_close(&g);
}

static void test_loader(void)
{
	open_rig(SESSION_LOADER);
	CU_ASSERT_EQUAL(session_mode(g.session), MODE_CONFIG);
	CU_ASSERT_EQUAL(session_run(g.session, "interface Tunnel23"), SESSION_ACCEPTED);
	CU_ASSERT_EQUAL(session_run(g.session, " no shutdown\r"), SESSION_ACCEPTED);
	CU_ASSERT_EQUAL(session_run(g.session, "!"), SESSION_ACCEPTED);
	CU_ASSERT_EQUAL(session_run(g.session, " nonsense"), SESSION_REJECTED_LINE);
	CU_ASSERT_EQUAL(session_run(g.session, "line"), SESSION_ACCEPTED);
	CU_ASSERT_EQUAL(session_run(g.session, "exit"), SESSION_ACCEPTED);
	CU_ASSERT_EQUAL(session_mode(g.session), MODE_CONFIG);
	CU_ASSERT_EQUAL(rig_router_applied(g.shell.router), 0);
	CU_ASSERT_FALSE(g.shell.config_dirty);
	CU_ASSERT_EQUAL(session_run(g.session, "end"), SESSION_CLOSED);
	CU_ASSERT_EQUAL(session_run(g.session, "interface Tunnel24"), SESSION_CLOSED);
	rig_close(&g);
}

static void test_prompts(void)
{
	open_rig(SESSION_VTY);
	rig_type(&g, "enable");
	rig_type(&g, "configure terminal");
	rig_type(&g, "interface tunnel23");
	rig_type(&g, "line");
	rig_type(&g, "end");
	rig_type(&g, "disable");
	rig_type(&g, "disable");
	rig_type(&g, "disable 7");
	rig_type(&g, "enable 7");
	CU_ASSERT_TRUE(rig_is(&g, "R2>enable\n"
				  "R2#configure terminal\n"
				  "Enter configuration commands, one per line.  End with CNTL/Z.\n"
				  "R2(config)#interface tunnel23\n"
				  "R2(config-if)#line\n"
				  "R2(config-line)#end\n"
				  "R2#disable\n"
				  "R2>disable\n"
				  "R2>disable 7\n"
				  "New privilege level must be less than current privilege level\n"
				  "R2>enable 7\n"));
	rig_type(&g, "enable");
	rig_type(&g, "conf t");
	session_enter(g.session, MODE_ISAKMP_POLICY, "10");
	rig_type(&g, "!");
	session_enter(g.session, MODE_TRANSFORM_SET, "T");
	rig_type(&g, "!");
	session_enter(g.session, MODE_IPSEC_PROFILE, "P");
	rig_type(&g, "  ");
	snprintf(g.shell.config->hostname, sizeof(g.shell.config->hostname), "a-hostname-of-many-characters");
	rig_type(&g, "exit");
	rig_type(&g, "end");
	rig_type(&g, "!");
	CU_ASSERT_TRUE(rig_is(&g, "R2#enable\n"
				  "R2#conf t\n"
				  "Enter configuration commands, one per line.  End with CNTL/Z.\n"
				  "R2(config-isakmp)#!\n"
				  "R2(cfg-crypto-trans)#!\n"
				  "R2(ipsec-profile)#  \n"
				  "a-hostname-of-ma(ipsec-profile)#exit\n"
				  "a-hostname-of-many-c(config)#end\n"
				  "a-hostname-of-many-characters#!\n"));
	rig_close(&g);
}

static void count_line(void *ctx, const char *line)
{
	(void)line;
	++*(unsigned *)ctx;
}

static void test_history(void)
{
	unsigned n = 0;

	open_rig(SESSION_TEST);
	rig_type(&g, "sh lines 1");
	rig_type(&g, "sh lines 1");
	rig_type(&g, "! nothing");
	rig_type(&g, "conf t");
	rig_type(&g, "line");
	rig_type(&g, "end");
	rig_clear(&g);
	rig_type(&g, " show history");
	CU_ASSERT_TRUE(rig_is(&g, "R2# show history\n"
				  "  sh lines 1\n"
				  "  conf t\n"
				  "  show history\n"));
	rig_type(&g, "terminal history size 2");
	session_each_history(g.session, count_line, &n);
	CU_ASSERT_EQUAL(n, 4);
	rig_type(&g, "show history");
	n = 0;
	session_each_history(g.session, count_line, &n);
	CU_ASSERT_EQUAL(n, 2);
	rig_close(&g);
}

static void test_log(void)
{
	struct log_settings plain = {
		.console_level = 7, .monitor_level = 7, .buffer_level = 7, .buffer_octets = 4096
	};
	struct pollfd p = { .events = POLLIN };

	open_rig(SESSION_VTY);
	logger_configure(g.shell.log, &plain);
	log_debug(g.shell.log, "not for a vty that did not ask");
	rig_type(&g, "terminal monitor");
	rig_type(&g, "enable");
	rig_clear(&g);
	p.fd = session_log_fd(g.session);
	CU_ASSERT_EQUAL(poll(&p, 1, 0), 0);
	CU_ASSERT_FALSE(session_print_logs(g.session));
	rig_type(&g, "conf t");
	rig_type(&g, "line");
	rig_type(&g, "end");
	CU_ASSERT_EQUAL(poll(&p, 1, 0), 1);
	session_write(g.session, "R2#", 3);
	CU_ASSERT_TRUE(session_print_logs(g.session));
	log_debug(g.shell.log, "ISAKMP:(1001):Old State\n");
	session_print_logs(g.session);
	CU_ASSERT_EQUAL(poll(&p, 1, 0), 0);
	CU_ASSERT_TRUE(rig_is(&g, "R2#conf t\n"
				  "Enter configuration commands, one per line.  End with CNTL/Z.\n"
				  "R2(config)#line\n"
				  "R2(config-line)#end\n"
				  "R2#\n"
				  "%SYS-5-CONFIG_I: Configured from console by vty0\n"
				  "ISAKMP:(1001):Old State\n"
				  "\n"));
	/* what a terminal does not take in time is lost, the oldest first */
	for (int i = 0; i < LOGQ_MESSAGES + 952; i++)
		log_debug(g.shell.log, "message %d", i);
	rig_clear(&g);
	session_print_logs(g.session);
	CU_ASSERT_TRUE(
		!strncmp(g.out, "%SYS-3-MSGLOST: 952 messages lost because of queue overflow\r\nmessage 952\r\n", 74));
	while (session_print_logs(g.session))
		;
	rig_type(&g, "terminal no monitor");
	log_debug(g.shell.log, "nor for one that asks no more");
	CU_ASSERT_FALSE(session_print_logs(g.session));
	rig_close(&g);
	open_rig(SESSION_CONSOLE);
	logger_configure(g.shell.log, &plain);
	rig_type(&g, "enable");
	rig_type(&g, "conf t");
	session_break(g.session);
	rig_clear(&g);
	session_print_logs(g.session);
	CU_ASSERT_TRUE(rig_is(&g, "%SYS-5-CONFIG_I: Configured from console by console\n"));
	rig_close(&g);
}

static void test_own_line(void)
{
	struct line_config *l;

	open_rig(SESSION_TEST);
	l = config_line_get(g.shell.config, LINE_VTY, 0, 4);
	l->privilege = 15;
	l->length = 0;
	l->exec_timeout_min = 1;
	l->exec_timeout_s = 30;
	l->logging_synchronous = true;
	session_free(g.session);
	rig_open(&g, g.shell.tables, g.shell.table_count, SESSION_VTY);
	CU_ASSERT_EQUAL(session_privilege(g.session), 15);
	CU_ASSERT_EQUAL(session_terminal(g.session)->length, 0);
	CU_ASSERT_EQUAL(session_idle_ms(g.session), 90000);
	CU_ASSERT_TRUE(session_logging_synchronous(g.session));
	session_free(g.session);
	rig_open(&g, g.shell.tables, g.shell.table_count, SESSION_CONSOLE);
	CU_ASSERT_EQUAL(session_privilege(g.session), 1);
	CU_ASSERT_EQUAL(session_terminal(g.session)->length, 24);
	rig_close(&g);
}

/* `?` after text, as it looks. */
static void help(const char *text)
{
	rig_clear(&g);
	session_help(g.session, text);
}

static void test_help(void)
{
	open_rig(SESSION_TEST);
	help("sh");
	CU_ASSERT_TRUE(rig_is(&g, "show  \n"));
	help("e");
	CU_ASSERT_TRUE(rig_is(&g, "enable  exit    \n"));
	help("show ");
	CU_ASSERT_TRUE(rig_is(&g, "  history         Display the session command history\n"
				  "  lines           Lines\n"
				  "  privilege       Show current privilege level\n"
				  "  running-config  Current operating configuration\n"
				  "\n"));
	help("show run ");
	CU_ASSERT_TRUE(rig_is(&g, "  interface  Show interface\n"
				  "  |          Output modifiers\n"
				  "  <cr>\n"
				  "\n"));
	help("show run | ");
	CU_ASSERT_TRUE(rig_is(&g, "  append    Append redirected output to URL (URLs supporting append operation\n"
				  "            only)\n"
				  "  begin     Begin with the line that matches\n"
				  "  count     Count number of lines which match regexp\n"
				  "  exclude   Exclude lines that match\n"
				  "  include   Include lines that match\n"
				  "  redirect  Redirect output to URL\n"
				  "  section   Filter a section of output\n"
				  "  tee       Copy output to URL\n"
				  "\n"));
	help("show run | i");
	CU_ASSERT_TRUE(rig_is(&g, "include  \n"));
	session_set_privilege(g.session, 1);
	help("show lines 1 | ");
	CU_ASSERT_TRUE(rig_is(&g, "  begin    Begin with the line that matches\n"
				  "  count    Count number of lines which match regexp\n"
				  "  exclude  Exclude lines that match\n"
				  "  include  Include lines that match\n"
				  "  section  Filter a section of output\n"
				  "\n"));
	session_set_privilege(g.session, 15);
	help("show run | include ");
	CU_ASSERT_TRUE(rig_is(&g, "  LINE  Regular Expression\n\n"));
	help("show lines ");
	CU_ASSERT_TRUE(rig_is(&g, "  <0-1000>  How many\n\n"));
	help("show lines 1");
	CU_ASSERT_TRUE(rig_is(&g, "  <0-1000>  How many\n"));
	help("show lines 1 ");
	CU_ASSERT_TRUE(rig_is(&g, "  |     Output modifiers\n  <cr>\n\n"));
	help("ask ");
	CU_ASSERT_TRUE(rig_is(&g, "  <cr>\n\n"));
	help("show zz");
	CU_ASSERT_TRUE(rig_is(&g, "% Unrecognized command\n"));
	help("zz ");
	CU_ASSERT_TRUE(rig_is(&g, "% Unrecognized command\n"));
	help("e ");
	CU_ASSERT_TRUE(rig_is(&g, "% Ambiguous command:  \"e \"\n"));
	help("show run int ");
	CU_ASSERT_TRUE(rig_is(&g, "  Ethernet          IEEE 802.3\n"
				  "  FastEthernet      FastEthernet IEEE 802.3\n"
				  "  GigabitEthernet   GigabitEthernet IEEE 802.3z\n"
				  "  Loopback          Loopback interface\n"
				  "  Tunnel            Tunnel interface\n"
				  "  Virtual-Access    Virtual Access interface\n"
				  "  Virtual-Template  Virtual Template interface\n"
				  "\n"));
	help("show run int tunnel ");
	CU_ASSERT_TRUE(rig_is(&g, "  <0-2147483647>  Tunnel interface number\n\n"));
	rig_close(&g);
}

static void test_help_config(void)
{
	open_rig(SESSION_TEST);
	rig_type(&g, "conf t");
	help("");
	CU_ASSERT_TRUE(rig_is(&g, "Configure commands:\n"
				  "  access-list  Add an access list entry\n"
				  "  default      Set a command to its defaults\n"
				  "  do-exec      To run exec commands in config mode\n"
				  "  end          Exit from configure mode\n"
				  "  exit         Exit from configure mode\n"
				  "  help         Description of the interactive help system\n"
				  "  interface    Select an interface to configure\n"
				  "  key          Keys\n"
				  "  line         Configure a terminal line\n"
				  "  mode         Mode\n"
				  "  no           Negate a command or set its defaults\n"
				  "  refuse       Refuse\n"
				  "\n"));
	help("no ");
	CU_ASSERT_TRUE(rig_is(&g, "  interface  Select an interface to configure\n\n"));
	help("key ");
	CU_ASSERT_TRUE(rig_is(&g, "  0        In clear\n"
				  "  WORD     The key\n"
				  "  address  Address\n"
				  "\n"));
	help("mode ");
	CU_ASSERT_TRUE(rig_is(&g, "  transport  transport (payload encapsulation) mode\n"
				  "  tunnel     tunnel (datagram encapsulation) mode\n"
				  "\n"));
	help("do show run ");
	CU_ASSERT_TRUE(rig_is(&g, "  interface  Show interface\n"
				  "  |          Output modifiers\n"
				  "  <cr>\n"
				  "\n"));
	rig_type(&g, "int tu 23");
	help("");
	CU_ASSERT_TRUE(rig_is(&g, "Interface configuration commands:\n"
				  "  default   Set a command to its defaults\n"
				  "  exit      Exit from interface configuration mode\n"
				  "  help      Description of the interactive help system\n"
				  "  no        Negate a command or set its defaults\n"
				  "  shutdown  Shutdown the selected interface\n"
				  "\n"));
	help("interface ");
	CU_ASSERT_TRUE(rig_is(&g, "% Unrecognized command\n"));
	rig_type(&g, "end");
	rig_type(&g, "disable");
	help("");
	CU_ASSERT_TRUE(rig_is(&g, "Exec commands:\n"
				  "  ask       Ask\n"
				  "  clear     Reset functions\n"
				  "  disable   Turn off privileged commands\n"
				  "  enable    Turn on privileged commands\n"
				  "  exit      Exit from the EXEC\n"
				  "  help      Description of the interactive help system\n"
				  "  logout    Exit from the EXEC\n"
				  "  ping      Send echo messages\n"
				  "  show      Show running system information\n"
				  "  terminal  Set terminal line parameters\n"
				  "\n"));
	rig_close(&g);
}

/* `configure terminal lock`, and what another user is told meanwhile. */
static enum cmd_result configure_alone(struct session *s, const struct cmd_match *m)
{
	(void)m;
	return session_configure(s, true) ? CMD_OK : CMD_REJECTED;
}

static void discard(void *ctx, const char *bytes, size_t n)
{
	(void)ctx;
	(void)bytes;
	(void)n;
}

static void test_alone(void)
{
	struct session *other;
	char want[256];

	open_rig(SESSION_TEST);
	other = session_new(&g.shell, SESSION_VTY, &(struct session_io){ .write = discard }, "vty3");
	CU_ASSERT_PTR_NOT_NULL_FATAL(other);
	session_set_privilege(other, 15);
	session_set_user(other, "bob");
	CU_ASSERT_EQUAL(session_run(other, "alone"), SESSION_ACCEPTED);
	CU_ASSERT_EQUAL(session_mode(other), MODE_CONFIG);
	CU_ASSERT_EQUAL(rig_type(&g, "configure terminal"), SESSION_REJECTED_LINE);
	CU_ASSERT_EQUAL(rig_type(&g, "alone"), SESSION_REJECTED_LINE);
	snprintf(want, sizeof(want),
		 "Configuration mode is locked by process '%d' user 'bob' from terminal '5'. Please try later.",
		 (int)gettid());
	CU_ASSERT_PTR_NOT_NULL(strstr(g.out, want));
	CU_ASSERT_EQUAL(session_mode(g.session), MODE_EXEC);
	session_run(other, "end");
	rig_clear(&g);
	/* two at once, when nobody asked to be alone */
	CU_ASSERT_EQUAL(session_run(other, "configure terminal"), SESSION_ACCEPTED);
	CU_ASSERT_EQUAL(rig_type(&g, "configure terminal"), SESSION_ACCEPTED);
	session_run(other, "interface Tunnel5");
	rig_type(&g, "interface Tunnel5");
	/* one of them removes what the other configures: it is made again */
	CU_ASSERT_PTR_NOT_NULL(session_interface(g.session));
	config_interface_remove(g.shell.config, session_interface(other));
	CU_ASSERT_EQUAL(session_run(other, "shutdown"), SESSION_ACCEPTED);
	CU_ASSERT_PTR_NOT_NULL(session_interface(other));
	/* a session that ends gives its lock back */
	session_run(other, "end");
	session_run(other, "alone");
	session_free(other);
	rig_type(&g, "end");
	CU_ASSERT_EQUAL(rig_type(&g, "configure terminal"), SESSION_ACCEPTED);
	rig_type(&g, "end");
	rig_close(&g);
}

static void stamp(struct session *s)
{
	session_text(s, "the time\n"); /* kept under the lock as a line */
}

/* `terminal exec prompt timestamp`: above a show command, and past its filter. */
static void test_stamp(void)
{
	open_rig(SESSION_TEST);
	g.shell.exec_stamp = stamp;
	rig_type(&g, "show lines 1");
	CU_ASSERT_TRUE(rig_is(&g, "R2#show lines 1\nline 1\n"));
	session_terminal(g.session)->timestamp = true;
	rig_type(&g, "show lines 2 | i 2");
	CU_ASSERT_TRUE(rig_is(&g, "R2#show lines 2 | i 2\nthe time\nline 2\n"));
	rig_type(&g, "ping");
	CU_ASSERT_TRUE(rig_is(&g, "R2#ping\nType escape sequence to abort.\n!!!!!\ndone\n"));
	rig_close(&g);
}

static bool completes(const char *text, const char *want)
{
	char out[128] = "";
	bool found = session_complete(g.session, text, out, sizeof(out));

	return want ? found && !strcmp(out, want) : !found;
}

static void test_tab(void)
{
	open_rig(SESSION_TEST);
	CU_ASSERT_TRUE(completes("sh", "show "));
	CU_ASSERT_TRUE(completes("sh ru", "sh running-config "));
	CU_ASSERT_TRUE(completes("sh run | in", "sh run | include "));
	CU_ASSERT_TRUE(completes("sh run int tu", "sh run int Tunnel "));
	CU_ASSERT_TRUE(completes("e", NULL));
	CU_ASSERT_TRUE(completes("sh ", NULL));
	CU_ASSERT_TRUE(completes("zz", NULL));
	CU_ASSERT_TRUE(completes("sh lines 1", NULL));
	rig_type(&g, "conf t");
	CU_ASSERT_TRUE(completes("do sh ru", "do sh running-config "));
	CU_ASSERT_TRUE(completes("do-", "do-exec "));
	CU_ASSERT_TRUE(completes("no int", "no interface "));
	rig_close(&g);
}

static void test_close(void)
{
	open_rig(SESSION_TEST);
	CU_ASSERT_EQUAL(rig_type(&g, "exit"), SESSION_CLOSED);
	CU_ASSERT_EQUAL(session_run(g.session, "show lines 1"), SESSION_CLOSED);
	rig_close(&g);
	open_rig(SESSION_TEST);
	rig_type(&g, "conf t");
	CU_ASSERT_EQUAL(session_run_and_end(g.session, "int tu 1"), SESSION_ACCEPTED);
	CU_ASSERT_EQUAL(session_mode(g.session), MODE_EXEC);
	CU_ASSERT_EQUAL(rig_type(&g, "lo"), SESSION_CLOSED);
	rig_close(&g);
}

static const struct unit_test tests[] = {
	{ "filters", test_filters },
	{ "filter errors", test_filter_errors },
	{ "filters to a file", test_to_file },
	{ "paging", test_paging },
	{ "dialogs", test_dialogs },
	{ "unlocked", test_unlocked },
	{ "apply", test_apply },
	{ "loader", test_loader },
	{ "prompts", test_prompts },
	{ "history", test_history },
	{ "log", test_log },
	{ "own line", test_own_line },
	{ "help", test_help },
	{ "help, config", test_help_config },
	{ "alone in configuration", test_alone },
	{ "timestamp", test_stamp },
	{ "tab", test_tab },
	{ "close", test_close },
};
UNIT_MAIN("session", tests)
