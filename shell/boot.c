/*
 * One router from start to end. The control thread is the libevent loop of this file; sessions have their own threads
 * (console.c, vty.c) and take the control lock for each command. A reload ends the loop, takes everything down and
 * starts again with what nvram holds, in the same process.
 *
 * Order of a start: log and sessions' sinks first, so that no message is lost; then the runtime; then the
 * startup-config, applied once; then the console and the vty socket.
 */
#define _GNU_SOURCE
#include "config.h"

#include "shell/boot.h"

#include "shell/aaa.h"
#include "shell/console.h"
#include "shell/fs.h"
#include "shell/keyexport.h"
#include "shell/lines.h"
#include "shell/loader.h"
#include "shell/privilege.h"
#include "shell/secret.h"
#include "shell/stamp.h"
#include "shell/sys.h"
#include "shell/session.h"
#include "shell/ssh_server.h"
#include "shell/tables.h"
#include "shell/print_system.h"
#include "shell/rsa_keys.h"
#include "shell/state.h"
#include "shell/vty.h"
#include "base/clock.h"
#include "base/locked.h"
#include "base/sandbox.h"
#include "base/wipe.h"
#include "startup-config/nvram.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/thread.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct boot {
	const struct boot_options *options;
	struct event_base *base;
	struct event *signals[3];
	struct event *stop; /* activated from any thread, also before the loop runs */
	struct logger *log;
	struct config *config;
	struct nvram *nvram;
	struct aaa *aaa;
	struct router *router;
	struct sys *sys;
	struct keyexport *keyexport;
	struct lines *lines;
	struct shell shell;
	struct cmd_table tables[TABLES_ALL];
	struct console *console;
	struct vty *vty;
	struct ssh_server *ssh;
	char pid_path[256];
	STAILQ_HEAD(, finding) findings;
	int ready_fd; /* the waiting parent of a daemon, or -1 */
	bool reload;
	enum locked locked;
};

static void request_reload(void *main)
{
	struct boot *b = main;

	b->reload = true;
	event_active(b->stop, EV_TIMEOUT, 0);
}

static void console_ended(void *ctx)
{
	struct boot *b = ctx;

	event_active(b->stop, EV_TIMEOUT, 0);
}

static unsigned vty_lines(void *main)
{
	struct boot *b = main;

	return b->vty ? vty_sessions(b->vty) : 0;
}

/* With the control lock. */
static void config_applied(void *main)
{
	struct boot *b = main;

	if (b->vty)
		vty_services_changed(b->vty);
	if (b->ssh)
		ssh_server_changed(b->ssh);
	if (b->sys)
		sys_configure(b->sys);
	if (b->keyexport)
		keyexport_configure(b->keyexport);
}

static void on_stop(evutil_socket_t fd_or_signal, short what, void *ctx)
{
	struct boot *b = ctx;

	(void)fd_or_signal;
	(void)what;
	event_base_loopbreak(b->base);
}

/* --- the startup-config ---- */

/* What the loader found is told when the console is there to show it. */
struct finding {
	STAILQ_ENTRY(finding) link;
	struct loader_report report;
	char text[]; /* the line and, behind its NUL, why */
};

static void note_finding(void *ctx, const struct loader_report *r)
{
	struct boot *b = ctx;
	size_t text = strlen(r->text) + 1, why = strlen(r->why) + 1;
	struct finding *f = malloc(sizeof(*f) + text + why);

	if (!f)
		return;
	f->report = *r;
	memcpy(f->text, r->text, text);
	memcpy(f->text + text, r->why, why);
	f->report.text = f->text;
	f->report.why = f->text + text;
	STAILQ_INSERT_TAIL(&b->findings, f, link);
}

/* Lines may hold keys, so the list is wiped. */
static void tell_findings(struct boot *b)
{
	struct finding *f;

	while ((f = STAILQ_FIRST(&b->findings))) {
		const struct loader_report *r = &f->report;

		if (r->restricts)
			log_syslog(b->log, LOG_SEV_WARNINGS, "PARSER", "NOT_ENFORCED",
				   "startup-config line %u restricts traffic or access, and that is not enforced: %s",
				   r->line, r->text);
		else
			log_syslog(b->log, LOG_SEV_NOTIFICATIONS, "PARSER",
				   r->verdict == LOADER_KEPT ? "LINE_KEPT" : "LINE_REJECTED",
				   "startup-config line %u: %s (%s)", r->line, r->text, r->why);
		STAILQ_REMOVE_HEAD(&b->findings, link);
		wipe(f->text, strlen(f->text));
		free(f);
	}
}

static int load_startup_config(struct boot *b, char *error, size_t size)
{
	struct loader_counts counts;
	char *text = NULL;
	size_t octets = 0;
	/* bit 6 of the configuration register: as if nothing had been saved */
	bool ignore = sys_register(b->sys) & 0x40;
	int rc = nvram_recover(b->nvram);

	if (rc)
		log_syslog(b->log, LOG_SEV_ERRORS, "SYS", "NV_RECOVER",
			   "What was being written to nvram is not whole (%s)", strerror(-rc));
	rc = ignore ? -ENOENT : nvram_load(b->nvram, &text, &octets);
	/* Ports are there whether they are configured or not; those of a router without a configuration are shut down. */
	for (size_t i = 0; i < b->options->port_count; i++) {
		struct interface *port = config_interface_get(b->config, b->options->ports[i].ifname);

		if (!port)
			rc = -ENOMEM;
		else
			port->shutdown = octets == 0;
	}
	if (rc == -ENOENT) /* nothing saved yet */
		return 0;
	if (!rc)
		rc = nvram_load_private(b->nvram, b->config->master_key, sizeof(b->config->master_key));
	if (!rc)
		rc = loader_load(&b->shell, text, octets, note_finding, b, &counts);
	if (text)
		wipe(text, octets);
	free(text);
	if (rc)
		snprintf(error, size, "%s: %s", nvram_path(b->nvram), strerror(-rc));
	return rc;
}

/* --- start and stop ---- */

static int start(struct boot *b, bool first, char *error, size_t size)
{
	const struct boot_options *o = b->options;
	char default_path[240];
	const char *path = o->startup_config;
	struct router_options ro;
	struct ssh_server *ssh;
	struct vty *vty;
	char reason[sizeof(b->shell.reload_reason)];

	memcpy(reason, b->shell.reload_reason, sizeof(reason));

	if (!path) {
		snprintf(default_path, sizeof(default_path), "%s/startup-config", o->state_dir);
		path = default_path;
	} else if (first && access(path, R_OK) != 0) {
		snprintf(error, size, "%s: %s", path, strerror(errno));
		return -1;
	}
	b->config = config_new();
	b->nvram = nvram_new(path);
	b->aaa = aaa_new();
	b->lines = lines_new();
	if (!b->config || !b->nvram || !b->aaa || !b->lines) {
		snprintf(error, size, "no memory");
		return -1;
	}
	ro = (struct router_options){ .base = b->base,
				      .log = b->log,
				      .config = b->config,
				      .ports = o->ports,
				      .port_count = o->port_count,
				      .workers = o->workers,
				      .transport = o->transport };
	b->router = router_new(&ro, error, size);
	if (!b->router)
		return -1;
	b->shell = (struct shell){
		.router = b->router,
		.config = b->config,
		.log = b->log,
		.nvram = b->nvram,
		.state_dir = o->state_dir,
		.identity = o->identity,
		.aaa = b->aaa,
		.lines = b->lines,
		.tables = b->tables,
		.table_count = tables_all(b->tables),
		.main = b,
		.request_reload = request_reload,
		.config_applied = config_applied,
		.exec_stamp = stamp_print,
		.vty_count = vty_lines,
		.boot_s = clock_s(),
	};
	snprintf(b->shell.reload_reason, sizeof(b->shell.reload_reason), "%s", reason);
	fs_sweep(&b->shell);
	state_sweep(o->state_dir);
	rsa_keys_sweep(o->state_dir);
	b->sys = b->shell.sys = sys_new(&b->shell);
	if (!b->sys) {
		snprintf(error, size, "no memory for the system's thread");
		return -1;
	}
	b->keyexport = keyexport_new(&b->shell);
	if (!b->keyexport) {
		snprintf(error, size, "no memory");
		return -1;
	}
	if (load_startup_config(b, error, size))
		return -1;
	vty = vty_start(&b->shell, o->state_dir, error, size);
	router_lock(b->router); /* a line that is in use already may tell it of a change */
	b->vty = vty;
	router_unlock(b->router);
	if (!vty)
		return -1;
	if (!o->daemonize) {
		b->console = console_start(&(struct console_options){ .shell = &b->shell,
								      .in = STDIN_FILENO,
								      .out = STDOUT_FILENO,
								      .ended = console_ended,
								      .ctx = b });
		if (!b->console) {
			snprintf(error, size, "no memory for the console");
			return -1;
		}
	}
	if (o->identity)
		log_syslog(b->log, LOG_SEV_NOTIFICATIONS, "SYS", "RESTART", "System restarted --\n%s", o->identity);
	else
		log_syslog(b->log, LOG_SEV_NOTIFICATIONS, "SYS", "RESTART", "System restarted --\n" VERSION_LINE,
			   PACKAGE_VERSION);
	if (b->locked == LOCKED_NOTHING)
		log_syslog(b->log, LOG_SEV_WARNINGS, "SYS", "NOLOCK",
			   "Keys may be swapped out: the limit of locked memory is smaller than %zu kilobytes",
			   LOCKED_OCTETS_MIN >> 10);
	else if (b->locked == LOCKED_KEYS)
		log_syslog(b->log, LOG_SEV_INFORMATIONAL, "SYS", "NOLOCK",
			   "Keys are locked in memory, what is computed of them is not: locked memory is limited");
	tell_findings(b);
	ssh = ssh_server_start(&b->shell, b->vty);
	if (!ssh) {
		snprintf(error, size, "no memory for the SSH server");
		return -1;
	}
	router_lock(b->router);
	b->ssh = ssh;
	secrets_complain(&b->shell);
	secrets_warn(&b->shell);
	router_apply(b->router);
	config_applied(b); /* it may have changed since they started */
	router_unlock(b->router);
	return 0;
}

/* Lines that go on for a moment tell it of what they change. */
static void stop_ssh(struct boot *b)
{
	struct ssh_server *ssh = b->ssh;

	if (b->router)
		router_lock(b->router);
	b->ssh = NULL;
	if (b->router)
		router_unlock(b->router);
	ssh_server_stop(ssh);
}

static void stop(struct boot *b)
{
	if (b->sys)
		sys_reload_cancel(b->sys); /* not while it ends for another reason */
	tell_findings(b);
	aaa_stop(b->aaa);
	console_stop(b->console);
	stop_ssh(b);
	vty_stop(b->vty);
	sys_free(b->sys);
	keyexport_free(b->keyexport);
	b->keyexport = NULL;
	b->shell.sys = b->sys = NULL;
	lines_free(b->lines);
	router_free(b->router);
	nvram_free(b->nvram);
	aaa_free(b->aaa);
	config_free(b->config);
	b->console = NULL;
	b->vty = NULL;
	b->lines = NULL;
	b->router = NULL;
	b->nvram = NULL;
	b->aaa = NULL;
	b->config = NULL;
}

/* --- the process ---- */

static int make_state_dir(const char *dir, char *error, size_t size)
{
	if (mkdir(dir, 0700) == 0 || errno == EEXIST)
		return 0;
	snprintf(error, size, "state directory %s: %s (--state DIR names another)", dir, strerror(errno));
	return -1;
}

static void write_pid(struct boot *b)
{
	FILE *f;

	snprintf(b->pid_path, sizeof(b->pid_path), "%s/mainmode.pid", b->options->state_dir);
	if ((f = fopen(b->pid_path, "we"))) {
		fprintf(f, "%ld\n", (long)getpid());
		fclose(f);
	}
}

/*
 * In the child: 0, with *ready_fd to be told when the router is up. In the parent: the exit code to leave with, once
 * the child said that it is up or ended.
 */
static int daemonize(int *ready_fd, bool *parent)
{
	int pipefd[2], rc;
	char up = 0;
	ssize_t n;
	pid_t child;

	*parent = false;
	if (pipe2(pipefd, O_CLOEXEC) != 0 || (child = fork()) < 0) {
		fprintf(stderr, "mainmode: no background process: %s\n", strerror(errno));
		*parent = true;
		return 2;
	}
	if (child == 0) {
		close(pipefd[0]);
		*ready_fd = pipefd[1];
		setsid();
		return 0;
	}
	close(pipefd[1]);
	*parent = true;
	while ((n = read(pipefd[0], &up, 1)) < 0 && errno == EINTR)
		;
	rc = n == 1 ? 0 : 2;
	close(pipefd[0]);
	return rc;
}

/* The terminal is let go only now, so that what went wrong before could be said on it. */
static void tell_ready(struct boot *b)
{
	int null;

	if (b->ready_fd < 0)
		return;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		close(null);
	}
	(void)!write(b->ready_fd, "", 1);
	close(b->ready_fd);
	b->ready_fd = -1;
}

static int run(struct boot *b)
{
	static const int signals[] = { SIGTERM, SIGHUP, SIGINT };
	char error[512] = "";
	bool first = true;
	int rc = 0;

	/* On a terminal Ctrl-C belongs to the console. */
	size_t count = !b->options->daemonize && isatty(STDIN_FILENO) ? 2 : 3;

	for (size_t i = 0; i < count; i++) {
		b->signals[i] = evsignal_new(b->base, signals[i], on_stop, b);
		if (!b->signals[i] || event_add(b->signals[i], NULL) != 0) {
			fprintf(stderr, "mainmode: signals cannot be waited for: %s\n", strerror(errno));
			return 2;
		}
	}
	if (count == 2)
		signal(SIGINT, SIG_IGN);
	do {
		b->reload = false;
		if (start(b, first, error, sizeof(error))) {
			fprintf(stderr, "mainmode: %s\n", error);
			rc = 2;
		} else {
			if (first)
				write_pid(b);
			tell_ready(b);
			event_base_loop(b->base, EVLOOP_NO_EXIT_ON_EMPTY);
		}
		stop(b);
		first = false;
	} while (b->reload && rc == 0);
	if (b->pid_path[0])
		unlink(b->pid_path);
	return rc;
}

int boot_run(const struct boot_options *o)
{
	struct boot b = { .options = o, .ready_fd = -1, .findings = STAILQ_HEAD_INITIALIZER(b.findings) };
	char error[512];
	bool parent;
	int rc = 2;

	if (make_state_dir(o->state_dir, error, sizeof(error))) {
		fprintf(stderr, "mainmode: %s\n", error);
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	/* the default, but it stays: else one long text that was freed lets all later ones be kept */
	mallopt(M_MMAP_THRESHOLD, 128 << 10);
	if (o->daemonize) {
		rc = daemonize(&b.ready_fd, &parent);
		if (parent)
			return rc;
	}
	rc = privilege_drop(&(struct privilege){ .state_dir = o->state_dir,
						 .startup_config = o->startup_config,
						 .xdp = o->transport != ROUTER_TRANSPORT_RAW,
						 .core_dumps = o->core_dumps },
			    error, sizeof(error));
	if (rc)
		fprintf(stderr, "mainmode: %s\n", error);
	if (rc < 0)
		return 2;
	b.locked = locked_open();
	/* a container's rules may be in the way; what is in force there binds it as well */
	if (!o->no_seccomp && sandbox_there() && (rc = sandbox_begin()) != 0)
		fprintf(stderr, "mainmode: system calls are not restricted: %s\n", strerror(-rc));
	rc = 2;
	evthread_use_pthreads();
	b.base = event_base_new();
	b.log = logger_new(NULL, NULL);
	b.stop = b.base ? event_new(b.base, -1, 0, on_stop, &b) : NULL;
	if (b.stop && b.log)
		rc = run(&b);
	else
		fprintf(stderr, "mainmode: no event loop or log: %s\n", strerror(errno));
	for (size_t i = 0; i < sizeof(b.signals) / sizeof(b.signals[0]); i++)
		if (b.signals[i])
			event_free(b.signals[i]);
	if (b.stop)
		event_free(b.stop);
	logger_free(b.log);
	if (b.base)
		event_base_free(b.base);
	libevent_global_shutdown();
	return rc;
}
