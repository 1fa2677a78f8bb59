/* The console, on a pseudo terminal and on pipes, in this process. */
#include "tests/unit/shell_rig.h"

#include "shell/cmd_session.h"
#include "shell/console.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct shell shell;
static struct console *console;
static int ended[2]; /* the console says so here */
static int user;     /* the user's end of the terminal */
static int line_fd;  /* the router's */
static char out[16384];
static size_t octets, seen;

static enum cmd_result show_lines(struct session *s, const struct cmd_match *m)
{
	for (int64_t i = 1; i <= cmd_num(m, "count", 0); i++)
		session_line(s, "line %d", (int)i);
	return CMD_OK;
}

static enum cmd_result ask(struct session *s, const struct cmd_match *m)
{
	char answer[64];

	(void)m;
	if (!session_ask(s, "Output Interface: ", false, answer, sizeof(answer)))
		return CMD_REJECTED;
	session_line(s, "[%s]", answer);
	return CMD_OK;
}

static enum cmd_result ping(struct session *s, const struct cmd_match *m)
{
	struct pollfd p = { session_interrupt_fd(s), POLLIN, 0 };

	(void)m;
	session_text(s, "!");
	CU_ASSERT_EQUAL(poll(&p, 1, 60000), 1);
	session_line(s, "%s", "");
	return CMD_OK;
}

static const struct cmd commands[] = {
	{ MODE_EXEC, 1, 0, { KW("ask", "Ask") }, ask },
	{ MODE_EXEC, 1, CMD_UNLOCKED, { KW("ping", "Send echo messages") }, ping },
	{ MODE_EXEC,
	  1,
	  0,
	  { KW("show", "Show"), KW("lines", "Lines"), NUM("count", 0, 1000, "How many") },
	  show_lines },
};

static void console_ended(void *ctx)
{
	(void)ctx;
	CU_ASSERT_EQUAL(write(ended[1], "", 1), 1);
}

static void open_console(int in, int to)
{
	static struct cmd_table tables[2] = { CMD_TABLE(commands) };
	struct log_settings plain = {
		.console_level = 7, .monitor_level = 7, .buffer_level = 7, .buffer_octets = 4096
	};
	struct console_options o = { .shell = &shell, .in = in, .out = to, .ended = console_ended };

	tables[1] = cmd_session_table;
	CU_ASSERT_EQUAL_FATAL(pipe(ended), 0);
	shell = (struct shell){
		.tables = tables, .table_count = 2, .router = rig_router_new(), .config = config_new()
	};
	shell.log = logger_new(NULL, NULL);
	logger_configure(shell.log, &plain);
	snprintf(shell.config->hostname, sizeof(shell.config->hostname), "R2");
	octets = seen = 0;
	out[0] = '\0';
	console = console_start(&o);
	CU_ASSERT_PTR_NOT_NULL_FATAL(console);
}

static void close_console(void)
{
	console_stop(console);
	close(ended[0]);
	close(ended[1]);
	logger_free(shell.log);
	config_free(shell.config);
	rig_router_free(shell.router);
}

static void open_terminal(void)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };

	CU_ASSERT_EQUAL_FATAL(openpty(&user, &line_fd, NULL, NULL, &size), 0);
	open_console(line_fd, line_fd);
}

static void close_terminal(void)
{
	close_console();
	close(line_fd);
	close(user);
}

/* Reads until text appears behind what was awaited before. */
static bool await(const char *text)
{
	const char *at;

	while (!(at = strstr(out + seen, text))) {
		struct pollfd p = { user, POLLIN, 0 };
		ssize_t n = -1;

		if (poll(&p, 1, 10000) == 1)
			n = read(user, out + octets, sizeof(out) - 1 - octets);
		if (n <= 0) {
			printf("\nawaited \"%s\", came \"%s\"\n", text, out + seen);
			return false;
		}
		octets += (size_t)n;
		out[octets] = '\0';
	}
	seen = (size_t)(at - out) + strlen(text);
	return true;
}

static void keys(const char *text)
{
	CU_ASSERT_EQUAL(write(user, text, strlen(text)), (ssize_t)strlen(text));
}

static void test_terminal(void)
{
	struct termios before, after;

	open_terminal();
	CU_ASSERT_TRUE(await("\r\nR2>"));
	keys("en\r");
	CU_ASSERT_TRUE(await("en\r\nR2#"));
	keys("sh?");
	CU_ASSERT_TRUE(await("sh?\r\nshow  \r\nR2#sh"));
	keys("\t");
	CU_ASSERT_TRUE(await("\r\nR2#show "));
	keys("li\t");
	CU_ASSERT_TRUE(await("li\r\nR2#show lines "));
	keys("1\r");
	CU_ASSERT_TRUE(await("1\r\nline 1\r\nR2#"));
	/* readline's history and editing, IOS's bytes */
	keys("\x10");
	CU_ASSERT_TRUE(await("show lines 1"));
	keys("\b2\r");
	CU_ASSERT_TRUE(await("\b \b2\r\nline 1\r\nline 2\r\nR2#"));
	keys("\033[A\033[A\r");
	CU_ASSERT_TRUE(await("\r\nline 1\r\nR2#"));
	keys("abc\x04\x01\x04\x04\x04\x04\x04");
	CU_ASSERT_TRUE(await("abc\b\b\bbc \b\b\bc \b\b \b"));
	keys("ask\rtunnel23\r");
	CU_ASSERT_TRUE(await("ask\r\nOutput Interface: tunnel23\r\n[tunnel23]\r\nR2#"));
	keys("a\x16?b\r");
	CU_ASSERT_TRUE(await("a?b\r\nTranslating \"a?b\"...domain server (255.255.255.255)\r\n"));
	CU_ASSERT_TRUE(await("R2#"));
	tcgetattr(line_fd, &before);
	CU_ASSERT_EQUAL(before.c_lflag & (tcflag_t)(ICANON | ECHO | ISIG), 0);
	console_stop(console);
	console = NULL;
	tcgetattr(line_fd, &after);
	CU_ASSERT_NOT_EQUAL(after.c_lflag & ICANON, 0);
	close_terminal();
}

static void test_modes_and_log(void)
{
	open_terminal();
	keys("en\rconf t\r");
	CU_ASSERT_TRUE(await("R2(config)#"));
	keys("\x10");
	/* configuration has a history of its own, and it is empty */
	keys("\x03");
	CU_ASSERT_TRUE(await("^C\r\n%SYS-5-CONFIG_I: Configured from console by console\r\nR2#"));
	keys("conf t\r\x1a");
	CU_ASSERT_TRUE(await("R2(config)#^Z\r\n%SYS-5-CONFIG_I: Configured from console by console\r\nR2#"));
	keys("show li");
	CU_ASSERT_TRUE(await("show li"));
	log_debug(shell.log, "ISAKMP: one\n");
	CU_ASSERT_TRUE(await("\r\nISAKMP: one\r\n\r\nR2#"));
	keys("nes 1\r");
	CU_ASSERT_TRUE(await("nes 1\r\nline 1\r\nR2#"));
	router_lock(shell.router);
	config_line_get(shell.config, LINE_CON, 0, 0)->logging_synchronous = true;
	router_unlock(shell.router);
	keys("show li");
	CU_ASSERT_TRUE(await("show li"));
	log_debug(shell.log, "ISAKMP: two");
	CU_ASSERT_TRUE(await("\r\nISAKMP: two\r\nR2#show li"));
	keys("\x15ping\r");
	CU_ASSERT_TRUE(await("ping\r\n!"));
	keys("\x03");
	CU_ASSERT_TRUE(await("\r\nR2#"));
	keys("show lines 30\r");
	CU_ASSERT_TRUE(await("line 23\r\n --More-- "));
	keys(" ");
	CU_ASSERT_TRUE(await("line 30\r\nR2#"));
	close_terminal();
}

static void test_exit(void)
{
	char c;

	open_terminal();
	keys("en\rexit\r");
	CU_ASSERT_TRUE(await("R2#exit\r\n\r\n\r\nR2 con0 is now available\r\n"));
	CU_ASSERT_TRUE(await("\r\n\r\n\r\n\r\n\r\nPress RETURN to get started.\r\n"));
	log_debug(shell.log, "still here");
	CU_ASSERT_TRUE(await("still here\r\n"));
	keys("x\r");
	CU_ASSERT_TRUE(await("\r\nR2>"));
	keys("show history\r");
	CU_ASSERT_TRUE(await("show history\r\n  show history\r\nR2>"));
	close(user);
	CU_ASSERT_EQUAL(read(ended[0], &c, 1), 1);
	user = open("/dev/null", O_RDONLY);
	close_terminal();
}

/* Ctrl-D on an empty line is the way out, at the prompt and behind `exit`; in a line it deletes. */
static void test_end(void)
{
	char c;

	open_terminal();
	keys("show lines 1x\x02\x04\x04\x04\r");
	CU_ASSERT_TRUE(await("\r\nline 1\r\nR2>"));
	keys("\x04");
	CU_ASSERT_TRUE(await("\r\n"));
	CU_ASSERT_EQUAL(read(ended[0], &c, 1), 1);
	close_terminal();
	open_terminal();
	keys("exit\r");
	CU_ASSERT_TRUE(await("Press RETURN to get started.\r\n"));
	keys("\x04");
	CU_ASSERT_EQUAL(read(ended[0], &c, 1), 1);
	close_terminal();
}

static void test_pipes(void)
{
	static const char typed[] = "enable\nask\ntunnel23\nconf t\nend\nexit\n\nshow history\nshow lines 30";
	static const char want[] = "R2>enable\n"
				   "R2#ask\n"
				   "Output Interface: tunnel23\n"
				   "[tunnel23]\n"
				   "R2#conf t\n"
				   "Enter configuration commands, one per line.  End with CNTL/Z.\n"
				   "R2(config)#end\n"
				   "%SYS-5-CONFIG_I: Configured from console by console\n"
				   "R2#exit\n"
				   "\n"
				   "\n"
				   "R2 con0 is now available\n"
				   "\n"
				   "\n"
				   "\n"
				   "\n"
				   "\n"
				   "Press RETURN to get started.\n"
				   "\n"
				   "R2>show history\n"
				   "  show history\n"
				   "R2>show lines 30\n"
				   "line 1\n";
	int in[2], to[2];
	char c;

	CU_ASSERT_EQUAL_FATAL(pipe(in), 0);
	CU_ASSERT_EQUAL_FATAL(pipe(to), 0);
	CU_ASSERT_EQUAL(write(in[1], typed, sizeof(typed) - 1), (ssize_t)sizeof(typed) - 1);
	close(in[1]);
	open_console(in[0], to[1]);
	CU_ASSERT_EQUAL(read(ended[0], &c, 1), 1);
	close_console();
	close(to[1]);
	close(in[0]);
	user = to[0];
	CU_ASSERT_TRUE(await("line 30\n"));
	CU_ASSERT_TRUE(!strncmp(out, want, sizeof(want) - 1));
	CU_ASSERT_PTR_NULL(strstr(out, "More"));
	CU_ASSERT_PTR_NULL(strchr(out, '\r'));
	CU_ASSERT_EQUAL(seen, octets);
	close(to[0]);
}

/* Lines that end with CR LF, as files from elsewhere and some terminals have them. */
static void test_cr_lf(void)
{
	static const char typed[] = "ask\r\ntunnel23\r\nask\r\n\r\n\r\nshow lines 1\r\n";
	static const char want[] = "R2>ask\n"
				   "Output Interface: tunnel23\n"
				   "[tunnel23]\n"
				   "R2>ask\n"
				   "Output Interface: \n"
				   "[]\n"
				   "R2>\n"
				   "R2>show lines 1\n"
				   "line 1\n";
	int in[2], to[2];
	char c;

	CU_ASSERT_EQUAL_FATAL(pipe(in), 0);
	CU_ASSERT_EQUAL_FATAL(pipe(to), 0);
	CU_ASSERT_EQUAL(write(in[1], typed, sizeof(typed) - 1), (ssize_t)sizeof(typed) - 1);
	close(in[1]);
	open_console(in[0], to[1]);
	CU_ASSERT_EQUAL(read(ended[0], &c, 1), 1);
	close_console();
	close(to[1]);
	close(in[0]);
	user = to[0];
	CU_ASSERT_TRUE(await("line 1\n"));
	CU_ASSERT_STRING_EQUAL(out, want);
	close(to[0]);
	open_terminal();
	keys("ask\r\ntunnel23\r\n");
	CU_ASSERT_TRUE(await("R2>ask\r\nOutput Interface: tunnel23\r\n[tunnel23]\r\nR2>"));
	keys("show lines 1\r\n");
	CU_ASSERT_TRUE(await("show lines 1\r\nline 1\r\nR2>"));
	close_terminal();
}

static const struct unit_test tests[] = {
	{ "terminal", test_terminal }, { "modes and the log", test_modes_and_log },
	{ "exit", test_exit },         { "the way out", test_end },
	{ "pipes", test_pipes },       { "CR LF", test_cr_lf },
};
UNIT_MAIN("console", tests)
