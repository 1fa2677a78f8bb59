/*
 * The SSH server's ports, and what it lacks for who comes. IPv4's port is a free one of the loopback, IPv6's is somebody
 * else's; nothing of SSH is spoken: a connection that gets its thread ends at once.
 */
#include "tests/unit/shell_rig.h"

#include "shell/ssh_int.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct shell shell;
static struct ssh_server *server;
static struct sockaddr_in port4;
static atomic_uint binds6;       /* how often IPv6's port was tried */
static atomic_uint now_s = 1000; /* the monotonic clock, which stands still */
static atomic_uint served;
static atomic_bool without_memory, without_threads;

int __wrap_bind(int fd, const struct sockaddr *address, socklen_t size);
int __real_bind(int fd, const struct sockaddr *address, socklen_t size);

int __wrap_bind(int fd, const struct sockaddr *address, socklen_t size)
{
	socklen_t octets = sizeof(port4);

	(void)size;
	if (address->sa_family == AF_INET6) {
		atomic_fetch_add(&binds6, 1);
		errno = EADDRINUSE;
		return -1;
	}
	port4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	return __real_bind(fd, (struct sockaddr *)&port4, octets) == 0 &&
			       getsockname(fd, (struct sockaddr *)&port4, &octets) == 0
		       ? 0
		       : -1;
}

void *__wrap_calloc(size_t count, size_t size);
void *__real_calloc(size_t count, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
	if (size != sizeof(struct ssh_conn) || !atomic_load(&without_memory))
		return __real_calloc(count, size);
	errno = ENOMEM;
	return NULL;
}

int __wrap_clock_gettime(clockid_t id, struct timespec *t);
int __real_clock_gettime(clockid_t id, struct timespec *t);

int __wrap_clock_gettime(clockid_t id, struct timespec *t)
{
	if (id != CLOCK_MONOTONIC)
		return __real_clock_gettime(id, t);
	*t = (struct timespec){ .tv_sec = atomic_load(&now_s) };
	return 0;
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *), void *arg);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *), void *arg);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *), void *arg)
{
	return atomic_load(&without_threads) ? EAGAIN : __real_pthread_create(thread, attr, fn, arg);
}

int __wrap_rsa_keys_for_ssh(const char *state_dir, const char *wanted, char name[RSA_NAME_SIZE]);

int __wrap_rsa_keys_for_ssh(const char *state_dir, const char *wanted, char name[RSA_NAME_SIZE])
{
	(void)state_dir;
	(void)wanted;
	snprintf(name, RSA_NAME_SIZE, "R2.lab");
	return 1;
}

void __wrap_ssh_conn_run(struct ssh_conn *c);

void __wrap_ssh_conn_run(struct ssh_conn *c)
{
	(void)c;
	atomic_fetch_add(&served, 1);
}

static void open_server(void)
{
	struct log_settings plain = {
		.console_level = 7, .monitor_level = 7, .buffer_level = 7, .buffer_octets = 4096
	};

	shell = (struct shell){ .router = rig_router_new(), .config = config_new(), .log = logger_new(NULL, NULL) };
	logger_configure(shell.log, &plain);
	config_line_get(shell.config, LINE_VTY, 0, 4)->transport_in = LINE_TRANSPORT_SSH;
	server = ssh_server_start(&shell, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(server);
}

static void close_server(void)
{
	ssh_server_stop(server);
	logger_free(shell.log);
	config_free(shell.config);
	rig_router_free(shell.router);
}

/* Connects, and waits until the server has closed it. */
static void come_and_go(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct pollfd p = { fd, POLLIN, 0 };

	CU_ASSERT_EQUAL_FATAL(connect(fd, (struct sockaddr *)&port4, sizeof(port4)), 0);
	CU_ASSERT_EQUAL(poll(&p, 1, 60000), 1);
	close(fd);
}

struct told {
	const char *text;
	unsigned times;
};

static void count_told(void *ctx, const char *text)
{
	struct told *t = ctx;

	t->times += !strcmp(text, t->text);
}

static unsigned told(const char *text)
{
	struct told t = { text, 0 };

	logger_each(shell.log, count_told, &t);
	return t.times;
}

static void a_missing_port_is_tried_while_others_connect(void)
{
	unsigned before;

	open_server();
	before = atomic_load(&binds6);
	come_and_go();
	come_and_go();
	CU_ASSERT_EQUAL(atomic_load(&binds6), before);
	atomic_fetch_add(&now_s, 5);
	come_and_go();
	come_and_go();
	CU_ASSERT_TRUE(atomic_load(&binds6) > before); /* nobody was quiet for 5 s */
	CU_ASSERT_EQUAL(told("%SSH-3-NO_PORT: TCP port 22 cannot be opened: Address already in use"), 1);
	close_server();
	CU_ASSERT_EQUAL(atomic_load(&served), 4);
}

/* Said once, and who comes when there is some again is let in. */
static void lacks(atomic_bool *what, const char *text)
{
	unsigned before = atomic_load(&served);

	open_server();
	atomic_store(what, true);
	come_and_go();
	come_and_go();
	CU_ASSERT_EQUAL(atomic_load(&served), before);
	CU_ASSERT_EQUAL(told(text), 1);
	atomic_store(what, false);
	come_and_go();
	close_server();
	CU_ASSERT_EQUAL(atomic_load(&served), before + 1);
}

static void no_memory_for_a_connection_is_said(void)
{
	lacks(&without_memory, "%SSH-3-ACCEPT: Connections wait or are turned away: Cannot allocate memory");
}

static void no_thread_for_a_connection_is_said(void)
{
	lacks(&without_threads, "%SSH-3-ACCEPT: Connections wait or are turned away: Resource temporarily unavailable");
}

static const struct unit_test tests[] = {
	{ "a missing port is tried while others connect", a_missing_port_is_tried_while_others_connect },
	{ "no memory for a connection is said", no_memory_for_a_connection_is_said },
	{ "no thread for a connection is said", no_thread_for_a_connection_is_said },
};
UNIT_MAIN("ssh_server", tests)
