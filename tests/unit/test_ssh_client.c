/*
 * SSH's two ends, where a call of libssh takes from the socket what another one is for: nobody may wait for the socket
 * then. The far end is libssh's server in a thread, over a socket pair; calls are wrapped so that what comes comes in
 * the middle of them.
 */
#include "shell/outbound.h"
#include "shell/ssh_client.h"
#include "shell/ssh_int.h"
#include "tests/unit/shell_rig.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LATE_MS 5000 /* of silence, where there is to be none */
#define HELLO   "hello"

/* What the far end is told. */
enum { SAY = 's', END = 'e' };

struct far {
	int fd, told, near; /* near: the other end of our stream, or -1 */
	bool pumps;         /* has a line, and is told nothing */
	ssh_session session;
	ssh_channel channel;
	struct ssh_channel_callbacks_struct channel_callbacks;
	struct ssh_server_callbacks_struct callbacks;
	struct ssh_pump pump;
	size_t says; /* of HELLO, next */
	char got[16];
	size_t octets;
	bool asked, over, late;
	pthread_t thread;
};

static struct far far;
static int ours, tell; /* the client's socket; what the far end is told goes here */
static size_t said;    /* octets of HELLO */
static bool empty;     /* the first stream was, when it was looked at */
static char screen[256];

/* --- libssh's calls, with what comes meanwhile ---- */

const char *__wrap_outbound_connect(struct session *s, const struct ip_addr *to, uint16_t port,
				    const struct ip_addr *source, int *fd);
int __wrap_ssh_channel_read_nonblocking(ssh_channel channel, void *dest, uint32_t count, int is_stderr);
int __real_ssh_channel_read_nonblocking(ssh_channel channel, void *dest, uint32_t count, int is_stderr);
int __wrap_ssh_channel_write(ssh_channel channel, const void *data, uint32_t octets);
int __real_ssh_channel_write(ssh_channel channel, const void *data, uint32_t octets);

const char *__wrap_outbound_connect(struct session *s, const struct ip_addr *to, uint16_t port,
				    const struct ip_addr *source, int *fd)
{
	(void)s;
	(void)to;
	(void)port;
	(void)source;
	*fd = ours;
	return NULL;
}

static void wait_readable(ssh_channel channel)
{
	struct pollfd p = { ssh_get_fd(ssh_channel_get_session(channel)), POLLIN, 0 };

	CU_ASSERT_EQUAL(poll(&p, 1, LATE_MS), 1);
}

static void tell_far(char what)
{
	CU_ASSERT_EQUAL(write(tell, &what, 1), 1);
}

/* The first stream was empty; while the second is looked at, an octet comes on the first. */
int __wrap_ssh_channel_read_nonblocking(ssh_channel channel, void *dest, uint32_t count, int is_stderr)
{
	int n;

	if (is_stderr && empty && !far.pumps && said < strlen(HELLO)) {
		said++;
		tell_far(SAY);
		wait_readable(channel);
	}
	n = __real_ssh_channel_read_nonblocking(channel, dest, count, is_stderr);
	empty = !is_stderr && n == 0;
	return n;
}

/* What the socket does not take at once waits for it, and takes what came: here, the other end's end. */
int __wrap_ssh_channel_write(ssh_channel channel, const void *data, uint32_t octets)
{
	if (far.pumps && channel == far.channel) {
		shutdown(far.near, SHUT_WR);
		wait_readable(channel);
		ssh_channel_poll(channel, 1);
	}
	return __real_ssh_channel_write(channel, data, octets);
}

/* --- the far end ---- */

static int let_in(ssh_session session, const char *user, void *ctx)
{
	(void)session;
	(void)user;
	(void)ctx;
	return SSH_AUTH_SUCCESS;
}

static int on_pty(ssh_session session, ssh_channel channel, const char *term, int columns, int rows, int width,
		  int height, void *ctx)
{
	(void)session;
	(void)channel;
	(void)term;
	(void)columns;
	(void)rows;
	(void)width;
	(void)height;
	(void)ctx;
	return 0;
}

static int on_shell(ssh_session session, ssh_channel channel, void *ctx)
{
	(void)session;
	(void)channel;
	((struct far *)ctx)->asked = true;
	return 0;
}

static int on_exec(ssh_session session, ssh_channel channel, const char *command, void *ctx)
{
	CU_ASSERT_STRING_EQUAL(command, "cat");
	return on_shell(session, channel, ctx);
}

static void on_eof(ssh_session session, ssh_channel channel, void *ctx)
{
	(void)session;
	(void)channel;
	((struct far *)ctx)->pump.client_eof = true;
}

static void on_close(ssh_session session, ssh_channel channel, void *ctx)
{
	(void)session;
	(void)channel;
	((struct far *)ctx)->over = true;
}

static ssh_channel on_open(ssh_session session, void *ctx)
{
	struct far *f = ctx;

	f->channel = ssh_channel_new(session);
	f->channel_callbacks = (struct ssh_channel_callbacks_struct){
		.userdata = f,
		.channel_eof_function = on_eof,
		.channel_close_function = on_close,
		.channel_pty_request_function = on_pty,
		.channel_shell_request_function = on_shell,
		.channel_exec_request_function = on_exec,
	};
	ssh_callbacks_init(&f->channel_callbacks);
	ssh_set_channel_callbacks(f->channel, &f->channel_callbacks);
	return f->channel;
}

static bool accept_session(struct far *f)
{
	ssh_bind b = ssh_bind_new();
	bool no = false, ok;
	ssh_key key;

	f->session = ssh_new();
	f->callbacks.userdata = f;
	f->callbacks.auth_none_function = let_in;
	f->callbacks.channel_open_request_session_function = on_open;
	ssh_callbacks_init(&f->callbacks);
	ok = b && f->session && ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key) == SSH_OK &&
	     ssh_bind_options_set(b, SSH_BIND_OPTIONS_PROCESS_CONFIG, &no) == 0 &&
	     ssh_bind_options_set(b, SSH_BIND_OPTIONS_IMPORT_KEY, key) == 0 &&
	     ssh_bind_accept_fd(b, f->session, f->fd) == SSH_OK &&
	     ssh_set_server_callbacks(f->session, &f->callbacks) == SSH_OK &&
	     ssh_handle_key_exchange(f->session) == SSH_OK;
	ssh_bind_free(b);
	return ok;
}

static void end_channel(struct far *f)
{
	ssh_channel_send_eof(f->channel);
	ssh_channel_close(f->channel);
}

static int on_told(int fd, int events, void *ctx)
{
	struct far *f = ctx;
	char what = 0;

	(void)events;
	CU_ASSERT_EQUAL(read(fd, &what, 1), 1);
	if (what == SAY)
		ssh_channel_write(f->channel, HELLO + f->says++, 1);
	else
		end_channel(f);
	return 0;
}

/* What came through to the stream; it is content with it. */
static int on_near(int fd, int events, void *ctx)
{
	struct far *f = ctx;
	ssize_t n = recv(fd, f->got + f->octets, sizeof(f->got) - 1 - f->octets, MSG_DONTWAIT);

	(void)events;
	f->octets += n > 0 ? (size_t)n : 0;
	f->over = n == 0;
	if (f->octets == strlen(HELLO))
		shutdown(fd, SHUT_WR);
	return 0;
}

/* A line that says something; the client's end comes while that is written. */
static void pump(struct far *f)
{
	int line[2];
	char octet;

	CU_ASSERT_EQUAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line), 0);
	f->pump.fd = line[0];
	f->pump.channel = f->channel;
	CU_ASSERT_EQUAL(write(line[1], "x", 1), 1);
	ssh_pump_move(&f->pump, true);
	CU_ASSERT_TRUE(f->pump.client_eof);
	CU_ASSERT_EQUAL(recv(line[1], &octet, 1, MSG_DONTWAIT), 0); /* the line knows */
	close(line[0]);
	close(line[1]);
}

static void *run_far(void *ctx)
{
	struct far *f = ctx;
	ssh_event event = ssh_event_new();
	bool ok = accept_session(f) && ssh_event_add_session(event, f->session) == SSH_OK &&
		  ssh_event_add_fd(event, f->told, POLLIN, on_told, f) == SSH_OK;

	CU_ASSERT_TRUE(ok);
	if (ok && f->near >= 0 && !f->pumps)
		ssh_event_add_fd(event, f->near, POLLIN, on_near, f);
	while (ok && !f->over && ssh_is_connected(f->session)) {
		int rc = ssh_event_dopoll(event, LATE_MS);

		if (rc == SSH_AGAIN && !f->late) {
			f->late = true;
			end_channel(f);
		} else if (rc != SSH_OK) {
			break;
		}
		if (f->pumps && f->asked) {
			pump(f);
			end_channel(f);
			break;
		}
	}
	ssh_event_remove_fd(event, f->told);
	if (f->near >= 0 && !f->pumps)
		ssh_event_remove_fd(event, f->near);
	ssh_event_free(event);
	ssh_disconnect(f->session);
	ssh_free(f->session);
	return NULL;
}

/* --- our end ---- */

static void put(void *ctx, const char *bytes, size_t octets)
{
	(void)ctx;
	strncat(screen, bytes, octets < sizeof(screen) - 1 - strlen(screen) ? octets : 0);
	if (!strcmp(screen, HELLO))
		tell_far(END);
}

/* stream: the command's, or 0. True: the session came to be, and ended well. */
static bool run(const char *command, int stream)
{
	struct ssh_target t = {
		.host = "far", .port = SSH_PORT, .user = "admin", .command = command, .stream = stream
	};
	struct config *config = config_new();
	struct shell shell = { .config = config };
	struct session *s = session_new(&shell, SESSION_TEST, &(struct session_io){ .write = put }, "console");
	int pair[2], told[2];
	bool ok;

	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	CU_ASSERT_EQUAL_FATAL(pipe(told), 0);
	ours = pair[0];
	far.fd = pair[1];
	far.told = told[0];
	tell = told[1];
	said = 0;
	screen[0] = '\0';
	CU_ASSERT_EQUAL_FATAL(pthread_create(&far.thread, NULL, run_far, &far), 0);
	ok = ssh_client_run(s, &t);
	pthread_join(far.thread, NULL);
	close(told[0]);
	close(told[1]);
	session_free(s);
	config_free(config);
	CU_ASSERT_TRUE(far.asked);
	CU_ASSERT_FALSE(far.late);
	return ok;
}

static bool run_stream(bool pumps)
{
	int stream[2];
	bool ok;

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, stream), 0);
	far = (struct far){ .near = stream[1], .pumps = pumps };
	ok = run("cat", stream[0]);
	close(stream[0]);
	close(stream[1]);
	return ok;
}

static void a_stream_gets_what_came_while_the_other_was_looked_at(void)
{
	CU_ASSERT_TRUE(run_stream(false));
	CU_ASSERT_STRING_EQUAL(far.got, HELLO);
}

static void a_terminal_shows_what_came_while_the_other_was_looked_at(void)
{
	far = (struct far){ .near = -1 };
	CU_ASSERT_TRUE(run(NULL, 0));
	CU_ASSERT_STRING_EQUAL(screen, HELLO "\r\n[Connection to far closed by foreign host]\r\n");
}

static void a_line_learns_of_the_end_that_came_while_it_was_heard(void)
{
	CU_ASSERT_TRUE(run_stream(true));
}

static const struct unit_test tests[] = {
	{ "a stream gets what came while the other was looked at",
	  a_stream_gets_what_came_while_the_other_was_looked_at },
	{ "a terminal shows what came while the other was looked at",
	  a_terminal_shows_what_came_while_the_other_was_looked_at },
	{ "a line learns of the end that came while it was heard",
	  a_line_learns_of_the_end_that_came_while_it_was_heard },
};

UNIT_MAIN("ssh client", tests)
