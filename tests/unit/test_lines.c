/* The lines: who gets one, who sits there, and a terminal that does not read. Connections are socket pairs. */
#include "config.h" /* memmem */

#include "tests/unit/shell_rig.h"

#include "shell/cmd_session.h"
#include "shell/commands_show.h"
#include "shell/lines.h"
#include "shell/logq.h"
#include "shell/vty.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static struct shell shell;
static struct vty *vty;
static char dir[64];
static atomic_uint binds;           /* how often telnet's ports were tried */
static atomic_uint ahead_s;         /* the monotonic clock is */
static atomic_bool only_ipv6;       /* is somebody else's port */
static atomic_bool without_threads; /* no more begin */

static enum cmd_result show_numbers(struct session *s, const struct cmd_match *m)
{
	for (int64_t i = 1; i <= cmd_num(m, "count", 0); i++)
		session_line(s, "number %d", (int)i);
	return CMD_OK;
}

static const struct cmd commands[] = {
	{ MODE_EXEC,
	  1,
	  0,
	  { KW("show", "Show"), KW("numbers", "Numbers"), NUM("count", 0, 1000000, "How many") },
	  show_numbers },
};

static struct line_config *vtys(unsigned first, unsigned last)
{
	return config_line_get(shell.config, LINE_VTY, first, last);
}

/* The lines read it at any time. */
static void let_in(unsigned first, unsigned last, unsigned transport)
{
	router_lock(shell.router);
	vtys(first, last)->transport_in = transport;
	router_unlock(shell.router);
}

/* Telnet's port is somebody else's, or its IPv6 half is. */
int __wrap_bind(int fd, const struct sockaddr *address, socklen_t size);
int __real_bind(int fd, const struct sockaddr *address, socklen_t size);

int __wrap_bind(int fd, const struct sockaddr *address, socklen_t size)
{
	if (address->sa_family == AF_UNIX)
		return __real_bind(fd, address, size);
	if (address->sa_family == AF_INET && atomic_load(&only_ipv6)) {
		const struct sockaddr_in other = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

		return __real_bind(fd, (const struct sockaddr *)&other, sizeof(other));
	}
	atomic_fetch_add(&binds, 1);
	errno = EADDRINUSE;
	return -1;
}

int __wrap_clock_gettime(clockid_t id, struct timespec *t);
int __real_clock_gettime(clockid_t id, struct timespec *t);

int __wrap_clock_gettime(clockid_t id, struct timespec *t)
{
	int rc = __real_clock_gettime(id, t);

	if (id == CLOCK_MONOTONIC)
		t->tv_sec += atomic_load(&ahead_s);
	return rc;
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *), void *arg);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *), void *arg);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *), void *arg)
{
	return atomic_load(&without_threads) ? EAGAIN : __real_pthread_create(thread, attr, fn, arg);
}

/* vty 0 to 4 let these in and ask nothing. */
static void open_router_for(unsigned transport)
{
	static struct cmd_table tables[3] = { CMD_TABLE(commands) };
	struct log_settings plain = {
		.console_level = 7, .monitor_level = 7, .buffer_level = 7, .buffer_octets = 4096
	};
	char error[128];

	tables[1] = cmd_session_table;
	tables[2] = cmd_lines_table;
	snprintf(dir, sizeof(dir), "/tmp/mmlines.XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	shell = (struct shell){
		.tables = tables,
		.table_count = 3,
		.router = rig_router_new(),
		.config = config_new(),
		.lines = lines_new(),
		.log = logger_new(NULL, NULL),
	};
	logger_configure(shell.log, &plain);
	snprintf(shell.config->hostname, sizeof(shell.config->hostname), "R2");
	vtys(0, 4)->login = LINE_LOGIN_NONE;
	vtys(0, 4)->transport_in = transport;
	vtys(0, 4)->privilege = 15;
	vty = vty_start(&shell, dir, error, sizeof(error));
	CU_ASSERT_PTR_NOT_NULL_FATAL(vty);
}

static void open_router(void)
{
	open_router_for(LINE_TRANSPORT_SSH);
}

static void close_router(void)
{
	vty_stop(vty);
	lines_free(shell.lines);
	CU_ASSERT_EQUAL(rmdir(dir), 0);
	logger_free(shell.log);
	config_free(shell.config);
	rig_router_free(shell.router);
}

/* --- a client ---- */

struct client {
	int fd;
	struct vty_line *line;
	char out[65536];
	size_t octets, seen;
};

static struct ip_addr source(const char *text)
{
	struct ip_addr a = { 0 };

	CU_ASSERT_TRUE(ip_parse(text, &a));
	return a;
}

static bool come_in(struct client *c, enum line_end end, const char *from, const char *user, const char *command)
{
	struct vty_client v = { .end = end,
				.from = source(from),
				.user = user,
				.privilege = 15,
				.command = command,
				.rows = 24,
				.columns = 80,
				.cipher = "aes256-ctr",
				.hmac = "hmac-sha2-256" };
	int pair[2];

	memset(c, 0, sizeof(*c));
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	c->fd = pair[0];
	c->line = vty_take(vty, pair[1], &v);
	if (c->line)
		return true;
	close(pair[0]);
	close(pair[1]);
	return false;
}

static ssize_t read_some(struct client *c)
{
	struct pollfd p = { c->fd, POLLIN, 0 };
	ssize_t n;

	if (c->octets + 1 >= sizeof(c->out)) { /* only the end of much is looked at */
		memmove(c->out, c->out + sizeof(c->out) / 2, sizeof(c->out) / 2);
		c->octets -= sizeof(c->out) / 2;
		c->seen = 0;
	}
	if (poll(&p, 1, 60000) != 1)
		return -1;
	n = read(c->fd, c->out + c->octets, sizeof(c->out) - 1 - c->octets);
	if (n > 0)
		c->octets += (size_t)n;
	c->out[c->octets] = '\0';
	return n;
}

static bool await(struct client *c, const char *text)
{
	const char *at;

	while (!(at = memmem(c->out + c->seen, c->octets - c->seen, text, strlen(text))))
		if (read_some(c) <= 0) {
			printf("\nawaited \"%s\", came \"%s\"\n", text, c->out + c->seen);
			return false;
		}
	c->seen = (size_t)(at - c->out) + strlen(text);
	return true;
}

static void type(struct client *c, const char *keys)
{
	CU_ASSERT_EQUAL(send(c->fd, keys, strlen(keys), MSG_NOSIGNAL), (ssize_t)strlen(keys));
}

/* Reads to the end; the exit status of an SSH connection. */
static int ends(struct client *c, bool ssh)
{
	int status = 0;

	while (read_some(c) > 0)
		;
	if (ssh)
		status = vty_finish(c->line);
	close(c->fd);
	return status;
}

/* --- the table ---- */

static void note_end(void *ctx)
{
	++*(int *)ctx;
}

static void test_table(void)
{
	struct lines *l = lines_new();
	struct line_info i;
	int hung_up = 0;
	struct line_seat seat = {
		.end = LINE_END_TELNET, .from = source("10.0.0.1"), .ctx = &hung_up, .hang_up = note_end
	};
	struct logq *q = logq_new();
	char *text;

	CU_ASSERT_EQUAL(lines_tty(LINE_CON, 0), 0);
	CU_ASSERT_EQUAL(lines_tty(LINE_AUX, 0), 1);
	CU_ASSERT_EQUAL(lines_tty(LINE_VTY, 15), LINES_COUNT - 1);
	CU_ASSERT_FALSE(lines_info(l, LINES_COUNT, &i));
	CU_ASSERT_FALSE(lines_clear(l, 2));
	CU_ASSERT_TRUE(lines_sit(l, 2, &seat));
	CU_ASSERT_FALSE(lines_sit(l, 2, &seat));
	lines_note(l, 2, &(struct line_now){ .user = "admin", .rows = 50, .columns = 100, .config = true });
	lines_connected(l, 2, "10.0.0.9");
	lines_dropped(l, 2, 7);
	CU_ASSERT_TRUE(lines_info(l, 2, &i));
	CU_ASSERT_TRUE(i.active && i.kind == LINE_VTY && i.number == 0 && i.end == LINE_END_TELNET && i.mode_config);
	CU_ASSERT_TRUE(i.rows == 50 && i.columns == 100 && i.uses == 1 && i.dropped == 7);
	CU_ASSERT_STRING_EQUAL(i.user, "admin");
	CU_ASSERT_STRING_EQUAL(i.host, "10.0.0.9");
	CU_ASSERT_TRUE(lines_clear(l, 2));
	CU_ASSERT_EQUAL(hung_up, 1);
	lines_show_on(l, 2, q);
	lines_send(l, 3, "not for you");
	lines_send(l, 2, "for you");
	lines_send(l, -1, "for all");
	text = logq_take(q);
	CU_ASSERT_STRING_EQUAL(text, "for you");
	free(text);
	text = logq_take(q);
	CU_ASSERT_STRING_EQUAL(text, "for all");
	free(text);
	/* what counts stays, who sat there does not */
	lines_leave(l, 2);
	CU_ASSERT_TRUE(lines_info(l, 2, &i));
	CU_ASSERT_TRUE(!i.active && !*i.user && !*i.host && !i.from.family && i.uses == 1 && i.dropped == 7);
	lines_send(l, 2, "nobody is there");
	CU_ASSERT_PTR_NULL(logq_take(q));
	logq_free(q);
	lines_free(l);
}

/* --- who gets a line ---- */

static unsigned number_of(const char *user)
{
	struct line_info i;

	for (unsigned tty = 2; lines_info(shell.lines, tty, &i); tty++)
		if (i.active && !strcmp(i.user, user))
			return i.number;
	return 99;
}

static void test_choice(void)
{
	struct client c[5], more;

	open_router();
	let_in(0, 4, 0);
	CU_ASSERT_FALSE(come_in(&more, LINE_END_SSH, "10.0.0.1", "a", NULL));
	let_in(3, 3, LINE_TRANSPORT_SSH);
	CU_ASSERT_FALSE(come_in(&more, LINE_END_TELNET, "10.0.0.1", NULL, NULL));
	CU_ASSERT_TRUE(come_in(&c[0], LINE_END_SSH, "10.0.0.1", "a", NULL));
	CU_ASSERT_TRUE(await(&c[0], "\r\nR2#"));
	CU_ASSERT_EQUAL(number_of("a"), 3);
	CU_ASSERT_FALSE(come_in(&more, LINE_END_SSH, "10.0.0.1", "b", NULL));
	/* one that is not configured, though it would take SSH by default, is not there */
	let_in(0, 4, LINE_TRANSPORT_SSH);
	for (int i = 1; i < 5; i++)
		CU_ASSERT_TRUE(come_in(&c[i], LINE_END_SSH, "10.0.0.1", "b", NULL));
	CU_ASSERT_FALSE(come_in(&more, LINE_END_SSH, "10.0.0.1", "b", NULL));
	for (int i = 0; i < 5; i++) {
		type(&c[i], "exit\r");
		CU_ASSERT_EQUAL(ends(&c[i], true), 0);
	}
	/* a list that does not exist permits; one that denies all does not; of IPv6 the other counts */
	router_lock(shell.router);
	snprintf(vtys(0, 4)->access_class[ACL_IN], ACL_NAME_SIZE, "7");
	router_unlock(shell.router);
	CU_ASSERT_TRUE(come_in(&c[0], LINE_END_SSH, "10.0.0.1", "a", NULL));
	type(&c[0], "exit\r");
	ends(&c[0], true);
	router_lock(shell.router);
	acl_add(config_acl_get(shell.config, ACL_STANDARD, "7"),
		&(struct acl_entry){ .protocol = ACL_PROTOCOL_IP, .source.any = true, .destination.any = true });
	router_unlock(shell.router);
	CU_ASSERT_FALSE(come_in(&more, LINE_END_SSH, "10.0.0.1", "a", NULL));
	CU_ASSERT_TRUE(come_in(&c[0], LINE_END_SSH, "2001:DB8::1", "a", NULL));
	type(&c[0], "exit\r");
	ends(&c[0], true);
	close_router();
}

/* A source that opens connections and says nothing does not lock everybody else out. */
static void test_last_line(void)
{
	struct client silent[4], more;

	open_router();
	let_in(0, 4, LINE_TRANSPORT_TELNET);
	router_lock(shell.router);
	vtys(0, 4)->login = LINE_LOGIN_PASSWORD;
	vtys(0, 4)->password = (struct password){ .set = true, .text = "cisco" };
	router_unlock(shell.router);
	for (int i = 0; i < 4; i++)
		CU_ASSERT_TRUE(come_in(&silent[i], LINE_END_TELNET, "10.0.0.66", NULL, NULL));
	CU_ASSERT_FALSE(come_in(&more, LINE_END_TELNET, "10.0.0.66", NULL, NULL));
	CU_ASSERT_TRUE(come_in(&more, LINE_END_TELNET, "10.0.0.1", NULL, NULL));
	CU_ASSERT_TRUE(await(&more, "\r\nUser Access Verification\r\n\r\nPassword: "));
	type(&more, "cisco\r");
	CU_ASSERT_TRUE(await(&more, "R2#"));
	close(more.fd);
	for (int i = 0; i < 4; i++)
		close(silent[i].fd);
	close_router();
}

/* --- what is spoken ---- */

static void test_telnet(void)
{
	struct client c;
	struct line_info i;

	open_router();
	let_in(0, 4, LINE_TRANSPORT_TELNET);
	CU_ASSERT_TRUE(come_in(&c, LINE_END_TELNET, "2001:DB8::1", NULL, NULL));
	CU_ASSERT_TRUE(await(&c, "\xff\xfb\x01\xff\xfb\x03\xff\xfd\x18\xff\xfd\x1f\r\nR2#"));
	send(c.fd, "\xff\xfb\x1f\xff\xfa\x1f\x00\x84\x00\x05\xff\xf0", 12, 0);
	type(&c, "show numbers 9\r\n");
	CU_ASSERT_TRUE(await(&c, "show numbers 9\r\nnumber 1\r\nnumber 2\r\nnumber 3\r\nnumber 4\r\n --More-- "));
	type(&c, "q");
	CU_ASSERT_TRUE(await(&c, "\b\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\b\bR2#"));
	CU_ASSERT_TRUE(lines_info(shell.lines, 2, &i));
	CU_ASSERT_EQUAL(i.columns, 132);
	type(&c, "show users\r");
	CU_ASSERT_TRUE(await(&c, "show users\r\n"
				 "    Line       User       Host(s)              Idle       Location\r\n"
				 "*  2 vty 0                idle                 00:00:00   2001:DB8::1\r\n"));
	type(&c, "q");
	CU_ASSERT_TRUE(await(&c, "R2#"));
	/* a line that is longer than any command */
	for (int n = 0; n < 5000; n++)
		CU_ASSERT_EQUAL(send(c.fd, n % 50 ? "x" : "\0", 1, 0), 1);
	type(&c, "\x15"
		 "exit\r");
	CU_ASSERT_EQUAL(ends(&c, false), 0);
	CU_ASSERT_PTR_NOT_NULL(memmem(c.out, c.octets, "exit\r\n", 6));
	close_router();
}

static void test_commands(void)
{
	struct client c;

	open_router();
	CU_ASSERT_TRUE(come_in(&c, LINE_END_SSH, "10.0.0.1", "admin", "show numbers 30"));
	CU_ASSERT_EQUAL(ends(&c, true), 0);
	CU_ASSERT_TRUE(!strncmp(c.out, "number 1\r\n", 10) && strstr(c.out, "number 30\r\n"));
	CU_ASSERT_PTR_NULL(strstr(c.out, "More"));
	CU_ASSERT_TRUE(come_in(&c, LINE_END_SSH, "10.0.0.1", "admin", "show nonsense"));
	CU_ASSERT_EQUAL(ends(&c, true), 1);
	CU_ASSERT_STRING_EQUAL(c.out, "        ^\r\n% Invalid input detected at '^' marker.\r\n\r\n");
	close_router();
}

static void test_resize(void)
{
	struct client c;

	open_router();
	CU_ASSERT_TRUE(come_in(&c, LINE_END_SSH, "10.0.0.1", "admin", NULL));
	CU_ASSERT_TRUE(await(&c, "\r\nR2#"));
	vty_resize(c.line, 4, 132);
	type(&c, "show numbers 9\r");
	CU_ASSERT_TRUE(await(&c, "number 3\r\n --More-- "));
	type(&c, "q");
	CU_ASSERT_TRUE(await(&c, "R2#"));
	type(&c, "configure terminal\r\x1a");
	CU_ASSERT_TRUE(await(&c, "^Z\r\nR2#"));
	type(&c, "logout\r");
	CU_ASSERT_EQUAL(ends(&c, true), 0);
	close_router();
}

static void note_text(void *ctx, const char *text)
{
	snprintf(ctx, 256, "%s", text);
}

static void test_configured(void)
{
	struct client c;
	char last[256] = "";

	open_router();
	CU_ASSERT_TRUE(come_in(&c, LINE_END_SSH, "10.0.0.1", "admin", NULL));
	type(&c, "conf t\rend\r");
	CU_ASSERT_TRUE(await(&c, "R2(config)#end\r\nR2#"));
	logger_each(shell.log, note_text, last);
	CU_ASSERT_STRING_EQUAL(last, "%SYS-5-CONFIG_I: Configured from console by admin on vty0 (10.0.0.1)");
	type(&c, "exit\r");
	ends(&c, true);
	close_router();
}

/* Whoever starts it has heard of it when it runs; nothing is said in the middle of what comes after. */
static void test_port(void)
{
	char last[256] = "";

	open_router_for(LINE_TRANSPORT_TELNET);
	logger_each(shell.log, note_text, last);
	CU_ASSERT_STRING_EQUAL(last, "%TTY-3-LISTEN: Cannot listen on TCP port 23: Address already in use");
	close_router();
}

static void count_listen(void *ctx, const char *text)
{
	*(unsigned *)ctx += !strcmp(text, "%TTY-3-LISTEN: Cannot listen on TCP port 23: Address already in use");
}

static void test_port_of_ipv6(void)
{
	unsigned told = 0;

	atomic_store(&only_ipv6, true);
	open_router_for(LINE_TRANSPORT_TELNET);
	logger_each(shell.log, count_listen, &told);
	CU_ASSERT_EQUAL(told, 1);
	close_router();
	atomic_store(&only_ipv6, false);
}

/* By the local socket; what it says is not understood, and it is hung up on. */
static void come_and_go(void)
{
	struct sockaddr_un path = { .sun_family = AF_UNIX };
	struct client c = { .fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) };

	snprintf(path.sun_path, sizeof(path.sun_path), "%s/vty.sock", dir);
	CU_ASSERT_EQUAL_FATAL(connect(c.fd, (struct sockaddr *)&path, sizeof(path)), 0);
	send(c.fd, "GET / HTTP/1", 12, MSG_NOSIGNAL);
	ends(&c, false);
}

static void test_port_again(void)
{
	unsigned before;

	open_router_for(LINE_TRANSPORT_TELNET);
	before = atomic_load(&binds);
	atomic_fetch_add(&ahead_s, 5);
	come_and_go();
	come_and_go();
	CU_ASSERT_TRUE(atomic_load(&binds) > before); /* nobody was quiet for 5 s */
	close_router();
}

static void count_accept(void *ctx, const char *text)
{
	*(unsigned *)ctx += !strcmp(text, "%TTY-3-ACCEPT: Connections wait or are turned away: "
					  "Resource temporarily unavailable");
}

static void test_no_thread(void)
{
	unsigned told = 0;

	open_router();
	atomic_store(&without_threads, true);
	come_and_go();
	come_and_go();
	atomic_store(&without_threads, false);
	logger_each(shell.log, count_accept, &told);
	CU_ASSERT_EQUAL(told, 1);
	close_router();
}

/* --- one that does not read ---- */

static uint64_t dropped(unsigned tty)
{
	struct line_info i;

	CU_ASSERT_TRUE(lines_info(shell.lines, tty, &i));
	return i.dropped;
}

static void wait_until_dropped(unsigned tty)
{
	while (!dropped(tty))
		nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
}

static void works(struct client *c)
{
	type(c, "show numbers 20\r");
	CU_ASSERT_TRUE(await(c, "number 20\r\nR2#"));
}

static void test_deaf(void)
{
	static struct client deaf, other;
	const char *number;

	open_router();
	let_in(0, 4, LINE_TRANSPORT_TELNET | LINE_TRANSPORT_SSH);
	router_lock(shell.router);
	vtys(0, 4)->length = 0;
	router_unlock(shell.router);
	CU_ASSERT_TRUE(come_in(&deaf, LINE_END_TELNET, "10.0.0.1", NULL, NULL));
	CU_ASSERT_TRUE(await(&deaf, "R2#"));
	CU_ASSERT_TRUE(come_in(&other, LINE_END_SSH, "10.0.0.2", "admin", NULL));
	CU_ASSERT_TRUE(await(&other, "R2#"));
	type(&deaf, "terminal monitor\rshow numbers 100000\r");
	works(&other); /* while the deaf one's output waits */
	wait_until_dropped(2);
	/* from here on log lines wait for it, the oldest go, and nobody else waits */
	for (int i = 0; i < LOGQ_MESSAGES + 100; i++)
		log_debug(shell.log, "storm %d", i);
	works(&other);
	type(&other, "show line\r");
	CU_ASSERT_TRUE(await(&other, "\r\n*    2    2 VTY              -    -      -    -    -     1      0    0/"));
	number = other.out + other.seen;
	CU_ASSERT_TRUE(await(&other, " -\r\n"));
	CU_ASSERT_TRUE(strtoull(number, NULL, 10) > 0 && strtoull(number, NULL, 10) <= dropped(2));
	/* it reads again: told of what it missed */
	CU_ASSERT_TRUE(await(&deaf, "%SYS-3-MSGLOST: 100 messages lost because of queue overflow\r\nstorm 100\r\n"));
	CU_ASSERT_TRUE(await(&deaf, "storm 2147\r\n"));
	works(&deaf);
	/* again, and cleared while its session is held up */
	type(&deaf, "show numbers 100000\r");
	CU_ASSERT_TRUE(await(&deaf, "number 1000\r\n"));
	type(&other, "clear line vty 0\r");
	CU_ASSERT_TRUE(await(&other, "[confirm]"));
	type(&other, "\r");
	CU_ASSERT_TRUE(await(&other, "\r\n [OK]\r\nR2#"));
	ends(&deaf, false);
	works(&other);
	type(&other, "exit\r");
	CU_ASSERT_EQUAL(ends(&other, true), 0);
	close_router();
}

/* What is sent without a terminal is all there, however late it is read. */
static void test_slow_command(void)
{
	static struct client c;

	open_router();
	CU_ASSERT_TRUE(come_in(&c, LINE_END_SSH, "10.0.0.1", "admin", "show numbers 100000"));
	nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	CU_ASSERT_EQUAL(ends(&c, true), 0);
	CU_ASSERT_TRUE(await(&c, "number 99999\r\nnumber 100000\r\n"));
	CU_ASSERT_EQUAL(dropped(2), 0);
	close_router();
}

static void test_send(void)
{
	static struct client a, b;

	open_router();
	CU_ASSERT_TRUE(come_in(&a, LINE_END_SSH, "10.0.0.1", "a", NULL));
	CU_ASSERT_TRUE(await(&a, "R2#"));
	CU_ASSERT_TRUE(come_in(&b, LINE_END_SSH, "10.0.0.2", "b", NULL));
	CU_ASSERT_TRUE(await(&b, "R2#"));
	type(&a, "send 3\rgood\rdaz\by\x1a");
	CU_ASSERT_TRUE(await(&a, "send 3\r\nEnter message, end with CTRL/Z; abort with CTRL/C:\r\n"
				 "good\r\ndaz\b \by^Z\r\nSend message? [confirm]"));
	type(&a, "\r");
	CU_ASSERT_TRUE(
		await(&b, "\r\n\r\n\r\n***\r\n***\r\n*** Message from tty2 to tty3:\r\n***\r\ngood\r\nday\r\n\r\nR2#"));
	type(&a, "clear line 2\r");
	CU_ASSERT_TRUE(await(&a, "\r\n% Not allowed to clear current line\r\n"));
	/* one that waits in a dialog */
	type(&b, "send *\r");
	CU_ASSERT_TRUE(await(&b, "CTRL/C:\r\n"));
	type(&a, "clear line 3\r\r");
	CU_ASSERT_TRUE(await(&a, "[OK]\r\nR2#"));
	ends(&b, true);
	/* the router ends, and the line with it */
	vty_stop(vty);
	ends(&a, true);
	vty = NULL;
	close_router();
}

static const struct unit_test tests[] = {
	{ "the table", test_table },
	{ "who gets a line", test_choice },
	{ "the last line", test_last_line },
	{ "telnet", test_telnet },
	{ "commands of SSH", test_commands },
	{ "windows of SSH", test_resize },
	{ "who configured", test_configured },
	{ "telnet's port", test_port },
	{ "telnet's port, of IPv6 alone", test_port_of_ipv6 },
	{ "telnet's port, while others connect", test_port_again },
	{ "no thread for a line", test_no_thread },
	{ "a terminal that does not read", test_deaf },
	{ "a command that is read late", test_slow_command },
	{ "send and clear", test_send },
};
UNIT_MAIN("lines", tests)
