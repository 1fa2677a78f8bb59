/* The local socket from end to end: the router's side in this process, its client in a child. */
#include "tests/unit/shell_rig.h"

#include "shell/client.h"
#include "shell/cmd_session.h"
#include "shell/vty.h"
#include "shell/wire.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static struct shell shell;
static struct vty *vty;
static char dir[64];
static int started[2]; /* a command that waits says so here */

static enum cmd_result ask(struct session *s, const struct cmd_match *m)
{
	char answer[64];

	(void)m;
	if (!session_ask(s, "Output Interface: ", false, answer, sizeof(answer)))
		return CMD_REJECTED;
	session_line(s, "[%s]", answer);
	return session_confirm(s, "Sure? [confirm]") ? CMD_OK : CMD_REJECTED;
}

/* Waits until it is interrupted. */
static enum cmd_result ping(struct session *s, const struct cmd_match *m)
{
	struct pollfd p = { session_interrupt_fd(s), POLLIN, 0 };

	(void)m;
	session_text(s, "!");
	CU_ASSERT_EQUAL(write(started[1], "", 1), 1);
	CU_ASSERT_EQUAL(poll(&p, 1, 60000), 1);
	session_line(s, "%s", "");
	session_line(s, "interrupted");
	return CMD_OK;
}

static enum cmd_result show_lines(struct session *s, const struct cmd_match *m)
{
	for (int64_t i = 1; i <= cmd_num(m, "count", 0); i++)
		session_line(s, "line %d", (int)i);
	return CMD_OK;
}

static enum cmd_result hostname(struct session *s, const struct cmd_match *m)
{
	snprintf(session_config(s)->hostname, CONFIG_NAME_SIZE, "%s", cmd_text(m, "name"));
	return CMD_OK;
}

static const struct cmd commands[] = {
	{ MODE_EXEC, 1, 0, { KW("ask", "Ask") }, ask },
	{ MODE_EXEC, 1, CMD_UNLOCKED, { KW("ping", "Send echo messages") }, ping },
	{ MODE_EXEC,
	  1,
	  0,
	  { KW("show", "Show"), KW("lines", "Lines"), NUM("count", 0, 100000, "How many") },
	  show_lines },
	{ MODE_CONFIG, 15, 0, { KW("hostname", "Set system's network name"), WORD("name", "Name") }, hostname },
};

static void open_router(void)
{
	static struct cmd_table tables[2] = { CMD_TABLE(commands) };
	struct log_settings plain = {
		.console_level = 7, .monitor_level = 7, .buffer_level = 7, .buffer_octets = 4096
	};
	char error[128];

	tables[1] = cmd_session_table;
	snprintf(dir, sizeof(dir), "/tmp/mmshell.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	CU_ASSERT_EQUAL_FATAL(pipe(started), 0);
	shell = (struct shell){
		.tables = tables,
		.table_count = 2,
		.router = rig_router_new(),
		.config = config_new(),
		.lines = lines_new(),
	};
	shell.log = logger_new(NULL, NULL);
	logger_configure(shell.log, &plain);
	snprintf(shell.config->hostname, sizeof(shell.config->hostname), "R2");
	vty = vty_start(&shell, dir, error, sizeof(error));
	CU_ASSERT_PTR_NOT_NULL_FATAL(vty);
}

static void close_router(void)
{
	vty_stop(vty);
	lines_free(shell.lines);
	CU_ASSERT_EQUAL(rmdir(dir), 0);
	close(started[0]);
	close(started[1]);
	logger_free(shell.log);
	config_free(shell.config);
	rig_router_free(shell.router);
}

/* Runs `exec` in a child; its output into out. Returns its exit code. */
static int exec_lines(char *const lines[], size_t count, bool quiet, char *out, size_t size)
{
	int fds[2], status = 0;
	size_t n = 0;
	ssize_t got;
	pid_t child;

	CU_ASSERT_EQUAL_FATAL(pipe(fds), 0);
	child = fork();
	if (child == 0) {
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		close(fds[1]);
		_exit(client_exec(dir, lines, count, quiet));
	}
	close(fds[1]);
	while (n + 1 < size && (got = read(fds[0], out + n, size - 1 - n)) > 0)
		n += (size_t)got;
	out[n] = '\0';
	close(fds[0]);
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool says(char *const lines[], size_t count, bool quiet, int code, const char *want)
{
	char out[4096];
	int got = exec_lines(lines, count, quiet, out, sizeof(out));

	if (got != code || strcmp(out, want) != 0)
		printf("\nexit code %d, output:\n%s\n", got, out);
	return got == code && !strcmp(out, want);
}
#define SAYS(quiet, code, want, ...)                                                                                   \
	says((char *const[]){ __VA_ARGS__ }, sizeof((char *const[]){ __VA_ARGS__ }) / sizeof(char *), quiet, code, want)

static char privilege[] = "show privilege", conf_t[] = "conf t", host[] = "hostname R9", end[] = "end",
	    history[] = "show history", nonsense[] = "show nonsense", begun[] = "show p?", whole[] = "show privilege ?",
	    asks[] = "ask", tunnel[] = "tunnel23", yes[] = "yes", clock_[] = "show lines 2 | i 2", leave[] = "exit",
	    both[] = "conf t\nhostname R2";

static void test_exec(void)
{
	open_router();
	CU_ASSERT_TRUE(SAYS(false, 0, "R2#show privilege\nCurrent privilege level is 15\n", privilege));
	CU_ASSERT_TRUE(SAYS(true, 0, "Current privilege level is 15\nline 2\n", privilege, clock_));
	CU_ASSERT_TRUE(SAYS(false, 0,
			    "R2#conf t\n"
			    "Enter configuration commands, one per line.  End with CNTL/Z.\n"
			    "R2(config)#hostname R9\n"
			    "R9(config)#end\n"
			    "R9#show history\n"
			    "  conf t\n"
			    "  show history\n",
			    conf_t, host, end, history));
	CU_ASSERT_TRUE(SAYS(false, 0,
			    "R9#conf t\n"
			    "Enter configuration commands, one per line.  End with CNTL/Z.\n"
			    "R9(config)#hostname R2\n",
			    both));
	CU_ASSERT_TRUE(SAYS(false, 1,
			    "R2#show nonsense\n"
			    "        ^\n"
			    "% Invalid input detected at '^' marker.\n"
			    "\n"
			    "R2#show privilege\nCurrent privilege level is 15\n",
			    nonsense, privilege));
	/* the help of a terminal; nothing is run */
	CU_ASSERT_TRUE(SAYS(false, 0,
			    "R2#show p?\nprivilege  \n"
			    "R2#show privilege ?\n  |     Output modifiers\n  <cr>\n\n",
			    begun, whole));
	CU_ASSERT_TRUE(SAYS(false, 0, "R2#exit\n", leave, privilege));
	close_router();
}

static void test_exec_dialog(void)
{
	open_router();
	CU_ASSERT_TRUE(SAYS(false, 0,
			    "R2#ask\nOutput Interface: tunnel23\n[tunnel23]\nSure? [confirm]y\n"
			    "R2#show privilege\nCurrent privilege level is 15\n",
			    asks, tunnel, yes, privilege));
	CU_ASSERT_TRUE(
		SAYS(false, 1, "R2#ask\nOutput Interface: tunnel23\n[tunnel23]\nSure? [confirm]\n", asks, tunnel));
	CU_ASSERT_TRUE(SAYS(true, 1, "Output Interface: \n", asks));
	close_router();
}

static void test_no_router(void)
{
	char out[64], error[128];
	struct vty *second;
	struct stat st;
	char path[128];
	int saved;

	open_router();
	snprintf(path, sizeof(path), "%s/vty.sock", dir);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0600);
	second = vty_start(&shell, dir, error, sizeof(error));
	CU_ASSERT_PTR_NULL(second);
	CU_ASSERT_PTR_NOT_NULL(strstr(error, "another router runs in "));
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	close_router();
	/* the child's line for the user is not for this test's output */
	saved = dup(STDERR_FILENO);
	CU_ASSERT_PTR_NOT_NULL(freopen("/dev/null", "w", stderr));
	CU_ASSERT_EQUAL(exec_lines((char *const[]){ privilege }, 1, false, out, sizeof(out)), 2);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
}

/* --- a client that keeps no rules ---- */

static int connect_raw(void)
{
	struct sockaddr_un path = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(path.sun_path, sizeof(path.sun_path), "%s/vty.sock", dir);
	CU_ASSERT_EQUAL_FATAL(connect(fd, (struct sockaddr *)&path, sizeof(path)), 0);
	return fd;
}

/* Sends bytes; the router must hang up. */
static bool hangs_up(const void *bytes, size_t octets)
{
	int fd = connect_raw();
	struct pollfd p = { fd, POLLIN, 0 };
	char drop[512];
	ssize_t n;

	CU_ASSERT_EQUAL(send(fd, bytes, octets, MSG_NOSIGNAL), (ssize_t)octets);
	do {
		CU_ASSERT_EQUAL(poll(&p, 1, 60000), 1);
		n = recv(fd, drop, sizeof(drop), 0);
	} while (n > 0);
	close(fd);
	return true;
}

static void test_bad_clients(void)
{
	static const char no_magic[WIRE_HELLO_OCTETS] = "GET / HTTP/1";
	static const char bad_kind[] = "MMv1\x09\0\0\0\0\0\0\0";
	static const char many[] = "MMv1\x01\0\0\0\0\0\xff\xff";
	static const char long_line[] = "MMv1\x01\0\0\0\0\0\0\x01\xff\xff";
	static const char bad_frame[] = "MMv1\x02\0\0\x18\0\x50\0\0\x09\0\0";
	static const char long_frame[] = "MMv1\x02\0\0\x18\0\x50\0\0\x01\xff\xff";
	int waiting[VTY_LINES + 1];

	open_router();
	CU_ASSERT_TRUE(hangs_up(no_magic, sizeof(no_magic)));
	CU_ASSERT_TRUE(hangs_up(bad_kind, sizeof(bad_kind) - 1));
	CU_ASSERT_TRUE(hangs_up(many, sizeof(many) - 1));
	CU_ASSERT_TRUE(hangs_up(long_line, sizeof(long_line) - 1));
	CU_ASSERT_TRUE(hangs_up(bad_frame, sizeof(bad_frame) - 1));
	CU_ASSERT_TRUE(hangs_up(long_frame, sizeof(long_frame) - 1));
	/* one more than there are lines; and the router ends although they say nothing */
	for (int i = 0; i <= VTY_LINES; i++)
		waiting[i] = connect_raw();
	CU_ASSERT_TRUE(vty_sessions(vty) <= VTY_LINES);
	close_router();
	for (int i = 0; i <= VTY_LINES; i++)
		close(waiting[i]);
}

/* A client that never reads: its session ends with the router. */
static void test_deaf_client(void)
{
	static const char hello[] = "MMv1\x01\0\0\0\0\0\0\x01\0\x10show lines 99999";
	struct pollfd p = { .events = POLLIN };
	int fd;

	open_router();
	fd = connect_raw();
	CU_ASSERT_EQUAL(send(fd, hello, sizeof(hello) - 1, MSG_NOSIGNAL), (ssize_t)sizeof(hello) - 1);
	p.fd = fd;
	CU_ASSERT_EQUAL(poll(&p, 1, 60000), 1);
	close_router();
	close(fd);
}

/* --- attach, on a pseudo terminal ---- */

struct terminal {
	int fd;
	pid_t child;
	char out[16384];
	size_t octets, seen;
};

static void attach(struct terminal *t, unsigned short rows, unsigned short columns)
{
	struct winsize size = { .ws_row = rows, .ws_col = columns };

	memset(t, 0, sizeof(*t));
	t->child = forkpty(&t->fd, NULL, NULL, &size);
	if (t->child == 0)
		_exit(client_attach(dir));
	CU_ASSERT_TRUE_FATAL(t->child > 0);
}

/* Reads until text appears behind what was awaited before. */
static bool await(struct terminal *t, const char *text)
{
	const char *at;

	while (!(at = strstr(t->out + t->seen, text))) {
		struct pollfd p = { t->fd, POLLIN, 0 };
		ssize_t n = -1;

		if (poll(&p, 1, 60000) == 1)
			n = read(t->fd, t->out + t->octets, sizeof(t->out) - 1 - t->octets);
		if (n <= 0) {
			printf("\nawaited \"%s\", came \"%s\"\n", text, t->out + t->seen);
			return false;
		}
		t->octets += (size_t)n;
		t->out[t->octets] = '\0';
	}
	t->seen = (size_t)(at - t->out) + strlen(text);
	return true;
}

static void keys(struct terminal *t, const char *text)
{
	CU_ASSERT_EQUAL(write(t->fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void detach(struct terminal *t)
{
	char rest[256];
	int status = 0;

	while (read(t->fd, rest, sizeof(rest)) > 0)
		;
	waitpid(t->child, &status, 0);
	CU_ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	close(t->fd);
}

static void test_attach(void)
{
	struct terminal t;

	open_router();
	attach(&t, 24, 80);
	CU_ASSERT_TRUE(await(&t, "\r\nR2>"));
	keys(&t, "ena?");
	CU_ASSERT_TRUE(await(&t, "ena?\r\nenable  \r\nR2>ena"));
	keys(&t, "\t");
	CU_ASSERT_TRUE(await(&t, "\r\nR2>enable "));
	keys(&t, "\r");
	CU_ASSERT_TRUE(await(&t, "\r\nR2#"));
	keys(&t, "conf t\rhostname X\x1a");
	CU_ASSERT_TRUE(await(&t, "conf t\r\nEnter configuration commands, one per line.  End with CNTL/Z.\r\n"
				 "R2(config)#hostname X^Z\r\nX#"));
	/* the caret stands under the word where the line has scrolled to, by 20 */
	keys(&t, "terminal width 40\r");
	CU_ASSERT_TRUE(await(&t, "terminal width 40\r\nX#"));
	keys(&t, "show                                      privilege zz\r");
	CU_ASSERT_TRUE(await(&t, "\r\n                                  ^\r\n% Invalid"));
	CU_ASSERT_TRUE(await(&t, "X#"));
	keys(&t, "terminal no width\r\x10\x10\x10\x10");
	CU_ASSERT_TRUE(await(&t, "conf t"));
	keys(&t, "\x15terminal monitor\r");
	CU_ASSERT_TRUE(await(&t, "terminal monitor\r\nX#"));
	keys(&t, "show pri");
	CU_ASSERT_TRUE(await(&t, "show pri"));
	log_debug(shell.log, "ISAKMP: a line");
	CU_ASSERT_TRUE(await(&t, "\r\nISAKMP: a line\r\nX#"));
	keys(&t, "\r");
	CU_ASSERT_TRUE(await(&t, "\r\nCurrent privilege level is 15\r\nX#"));
	keys(&t, "exit\r");
	CU_ASSERT_TRUE(await(&t, "exit\r\n"));
	detach(&t);
	close_router();
}

/* How many threads of this process have the name, with this priority. */
static unsigned threads_of(const char *name, int nice)
{
	DIR *d = opendir("/proc/self/task");
	unsigned count = 0;
	struct dirent *e;

	while (d && (e = readdir(d))) {
		char path[300], text[32] = "";
		FILE *f;

		snprintf(path, sizeof(path), "/proc/self/task/%s/comm", e->d_name);
		if (!(f = fopen(path, "re")))
			continue;
		if (fgets(text, sizeof(text), f)) {
			text[strcspn(text, "\n")] = '\0';
			count += !strcmp(text, name) &&
				 getpriority(PRIO_PROCESS, (id_t)strtoul(e->d_name, NULL, 10)) == nice;
		}
		fclose(f);
	}
	if (d)
		closedir(d);
	return count;
}

/* The event loop and the data plane come before whoever prints. */
static void a_session_gives_way(void)
{
	const int before = getpriority(PRIO_PROCESS, 0);
	struct terminal t;

	open_router();
	attach(&t, 24, 80);
	CU_ASSERT_TRUE(await(&t, "R2>"));
	CU_ASSERT_EQUAL(threads_of("Virtual Exec", before > 10 ? before : 10), 1);
	CU_ASSERT_EQUAL(getpriority(PRIO_PROCESS, 0), before);
	CU_ASSERT_EQUAL(threads_of("TTY Background", before), 1);
	keys(&t, "exit\r");
	detach(&t);
	close_router();
}

static void test_attach_pages(void)
{
	struct terminal t;

	open_router();
	router_lock(shell.router);
	config_line_get(shell.config, LINE_VTY, 0, 4)->logging_synchronous = true;
	router_unlock(shell.router);
	attach(&t, 5, 80);
	CU_ASSERT_TRUE(await(&t, "R2>"));
	keys(&t, "show lines 9\r");
	CU_ASSERT_TRUE(await(&t, "line 4\r\n --More-- "));
	keys(&t, "q");
	CU_ASSERT_TRUE(await(&t, "\b\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\b\bR2>"));
	keys(&t, "terminal monitor\rping\r");
	CU_ASSERT_TRUE(await(&t, "ping\r\n!"));
	CU_ASSERT_EQUAL(read(started[0], &(char){ 0 }, 1), 1);
	keys(&t, "typed ahead\x1e");
	CU_ASSERT_TRUE(await(&t, "\r\ninterrupted\r\nR2>typed ahead"));
	log_debug(shell.log, "a line");
	CU_ASSERT_TRUE(await(&t, "\r\na line\r\nR2>typed ahead"));
	/* the router ends: so does the client */
	close_router();
	detach(&t);
}

static const struct unit_test tests[] = {
	{ "exec", test_exec },
	{ "exec, dialogs", test_exec_dialog },
	{ "no router", test_no_router },
	{ "bad clients", test_bad_clients },
	{ "deaf client", test_deaf_client },
	{ "attach", test_attach },
	{ "a session gives way", a_session_gives_way },
	{ "attach, pages and interrupts", test_attach_pages },
};
UNIT_MAIN("vty", tests)
