/* A session's life and its modes. What it prints is output.c's, what it asks ask.c's, a line typed is line.c's. */
#include "config.h" /* gettid */

#include "shell/session_int.h"

#include "base/clock.h"
#include "config/free.h"
#include "shell/connection.h"
#include "shell/lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* --- the control lock ---- */

bool session_lock(struct session *s)
{
	if (!s->shell->router || s->locked)
		return false;
	router_lock(s->shell->router);
	return s->locked = true;
}

void session_unlock(struct session *s, bool taken)
{
	if (!taken)
		return;
	s->locked = false;
	router_unlock(s->shell->router);
}

/* --- life ---- */

static void run_handler(void *ctx)
{
	struct session *s = ctx;

	s->result = cmd_of(s->running)->handler(s, s->running);
}

static void print_past_filter(void *ctx, const char *line)
{
	output_line(ctx, line);
}

static void begin_at_line(struct session *s)
{
	bool taken = session_lock(s);
	const struct line_config *l = session_own_line(s);

	s->privilege = l ? l->privilege : 1;
	s->terminal = (struct session_terminal){
		.length = l ? l->length : 24,
		.width = l ? l->width : 80,
		.history_size = l ? l->history : 20,
		.timestamp = l && l->prompt_timestamp,
	};
	session_unlock(s, taken);
}

/* Log lines are the console's from the start; a vty asks for them. What users send each other comes the same way. */
static bool open_messages(struct session *s)
{
	unsigned number = 0;

	if (s->kind == SESSION_VTY && sscanf(s->line_name, "vty%u", &number) == 1)
		s->tty = lines_tty(LINE_VTY, number);
	if (!(s->logs = logq_new()))
		return false;
	if (s->shell->lines)
		lines_show_on(s->shell->lines, s->tty, s->logs);
	return s->kind != SESSION_CONSOLE || !s->shell->log || session_watch_log(s, LOG_SINK_CONSOLE, true);
}

struct session *session_new(struct shell *sh, enum session_kind kind, const struct session_io *io,
			    const char *line_name)
{
	struct session *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->shell = sh;
	s->kind = kind;
	s->io = *io;
	s->at_start = true;
	s->began_s = clock_s();
	snprintf(s->line_name, sizeof(s->line_name), "%s", line_name ? line_name : "console");
	s->tree = tree_new(sh->tables, sh->table_count,
			   &(struct tree_ops){ .ctx = s, .run = run_handler, .print = print_past_filter });
	if (!s->tree)
		goto out;
	if (kind == SESSION_LOADER || kind == SESSION_TEST) {
		s->mode = kind == SESSION_LOADER ? MODE_CONFIG : MODE_EXEC;
		s->privilege = 15;
		s->terminal = (struct session_terminal){ .width = 80, .history_size = 20 };
	} else {
		begin_at_line(s);
	}
	if ((kind == SESSION_CONSOLE || kind == SESSION_VTY) && !open_messages(s))
		goto out;
	return s;
out:
	session_free(s);
	return NULL;
}

void session_free(struct session *s)
{
	if (!s)
		return;
	connections_close(s);
	if (s->logs && s->shell->lines)
		lines_show_on(s->shell->lines, s->tty, NULL);
	if (s->kind != SESSION_LOADER)
		session_end_config(s);
	logq_free(s->logs);
	pager_begin(&s->pager);
	tree_free(s->tree);
	ifrange_free(&s->range);
	history_clear(&s->exec_history);
	history_clear(&s->config_history);
	if (s->pending)
		free_wiped(s->pending, s->pending_room);
	free(s);
}

/* --- what handlers ask ---- */

struct shell *session_shell(struct session *s)
{
	return s->shell;
}

struct config *session_config(struct session *s)
{
	return s->shell->config;
}

struct router *session_router(struct session *s)
{
	return s->shell->router;
}

enum session_kind session_kind(const struct session *s)
{
	return s->kind;
}

const char *session_line_name(const struct session *s)
{
	return s->line_name;
}

bool session_called(const struct session *s, const char *host, struct ip_addr *out)
{
	if (!s->called || strcmp(s->called, host))
		return false;
	*out = s->called_address;
	return true;
}

const char *session_user(const struct session *s)
{
	return s->user;
}

void session_set_user(struct session *s, const char *user)
{
	snprintf(s->user, sizeof(s->user), "%s", user);
}

const struct ip_addr *session_from(const struct session *s)
{
	return &s->from;
}

const char *session_folder(const struct session *s)
{
	return s->folder;
}

void session_set_folder(struct session *s, const char *path)
{
	snprintf(s->folder, sizeof(s->folder), "%s", path);
}

void shell_changed(struct shell *sh)
{
	sh->config_dirty = true;
	shell_now(sh, &sh->config_changed);
	if (sh->router)
		router_apply(sh->router);
	if (sh->config_applied)
		sh->config_applied(sh->main);
}

void shell_now(const struct shell *sh, struct timespec *out)
{
	if (sh->log)
		logger_now(sh->log, out);
	else
		clock_gettime(CLOCK_REALTIME, out);
}

void session_set_from(struct session *s, const struct ip_addr *from)
{
	s->from = *from;
}

unsigned session_tty(const struct session *s)
{
	return s->tty;
}

void session_note(struct session *s)
{
	if (s->shell->lines && s->logs)
		lines_note(s->shell->lines, s->tty,
			   &(struct line_now){ .user = s->user,
					       .rows = s->terminal.length,
					       .columns = s->terminal.width,
					       .config = mode_is_config(s->mode) });
}

enum cmd_mode session_mode(const struct session *s)
{
	return s->mode;
}

unsigned session_privilege(const struct session *s)
{
	return s->privilege;
}

void session_set_privilege(struct session *s, unsigned level)
{
	s->privilege = level;
}

struct session_terminal *session_terminal(struct session *s)
{
	return &s->terminal;
}

const struct history *session_history(const struct session *s)
{
	return s->mode == MODE_EXEC ? &s->exec_history : &s->config_history;
}

void session_each_history(struct session *s, void (*fn)(void *ctx, const char *line), void *ctx)
{
	for (size_t i = 0; i < s->exec_history.count; i++)
		fn(ctx, s->exec_history.lines[i]);
}

bool session_filtered(const struct session *s)
{
	return s->filtered;
}

/* --- modes ---- */

bool mode_is_config(enum cmd_mode mode)
{
	return mode != MODE_EXEC;
}

void session_enter(struct session *s, enum cmd_mode mode, const char *object)
{
	s->mode = mode;
	ifrange_free(&s->range);
	snprintf(s->object, sizeof(s->object), "%s", object ? object : "");
}

void session_enter_range(struct session *s, struct ifrange *range)
{
	session_enter(s, MODE_IF, range->count ? range->names[0] : NULL);
	s->range = *range;
	*range = (struct ifrange){ 0 };
}

const char *session_object(const struct session *s)
{
	return s->object;
}

/* "by admin on vty0 (10.0.0.1)" */
static void log_configured(const struct session *s)
{
	char from[IP_TEXT_SIZE];

	ip_text(&s->from, from);
	log_syslog(s->shell->log, LOG_SEV_NOTIFICATIONS, "SYS", "CONFIG_I", "Configured from console by %s%s%s%s%s%s",
		   s->user, *s->user ? " on " : "", s->line_name, *from ? " (" : "", from, *from ? ")" : "");
}

/* Whoever configures alone, in IOS's words: its process here is its thread. */
static void say_locked(struct session *s, const struct session *by)
{
	session_line(s, "Configuration mode is locked by process '%d' user '%s' from terminal '%u'. Please try later.",
		     by->locker, by->user[0] ? by->user : "unknown", session_tty(by));
}

bool session_configure(struct session *s, bool alone)
{
	const struct session *by = s->shell->config_lock;

	if (by && by != s) {
		say_locked(s, by);
		return false;
	}
	if (alone) {
		s->shell->config_lock = s;
		s->locker = (int)gettid();
	}
	session_line(s, "Enter configuration commands, one per line.  End with CNTL/Z.");
	session_enter(s, MODE_CONFIG, NULL);
	return true;
}

static void give_up_configuration(struct session *s)
{
	bool taken = session_lock(s);

	if (s->shell->config_lock == s)
		s->shell->config_lock = NULL;
	session_unlock(s, taken);
}

void session_end_config(struct session *s)
{
	if (!mode_is_config(s->mode))
		return;
	session_enter(s, MODE_EXEC, NULL);
	give_up_configuration(s);
	if (s->kind != SESSION_LOADER && s->shell->log)
		log_configured(s);
}

/*
 * Another session may have removed what this one configures; IOS goes on as if it were there, so it is made again.
 */
struct interface *session_interface(struct session *s)
{
	return s->mode == MODE_IF ? config_interface_get(s->shell->config, s->object) : NULL;
}

struct isakmp_policy *session_policy(struct session *s)
{
	if (s->mode != MODE_ISAKMP_POLICY)
		return NULL;
	return config_policy_get(s->shell->config, (unsigned)strtoul(s->object, NULL, 10));
}

struct transform_set *session_transform_set(struct session *s)
{
	return s->mode == MODE_TRANSFORM_SET ? config_transform_set_get(s->shell->config, s->object) : NULL;
}

struct ipsec_profile *session_profile(struct session *s)
{
	return s->mode == MODE_IPSEC_PROFILE ? config_profile_get(s->shell->config, s->object) : NULL;
}

struct isakmp_keyring *session_keyring(struct session *s)
{
	return s->mode == MODE_KEYRING ? config_keyring_get(s->shell->config, s->object) : NULL;
}

struct isakmp_profile *session_isakmp_profile(struct session *s)
{
	return s->mode == MODE_ISAKMP_PROFILE ? config_isakmp_profile_get(s->shell->config, s->object) : NULL;
}

struct isakmp_peer *session_isakmp_peer(struct session *s)
{
	struct ip_addr address;

	if (s->mode != MODE_ISAKMP_PEER || (!ip_parse4(s->object, &address) && !ip_parse6(s->object, &address)))
		return NULL;
	return config_isakmp_peer_get(s->shell->config, &address);
}

struct acl *session_acl(struct session *s)
{
	enum acl_kind kind = s->mode == MODE_STANDARD_ACL ? ACL_STANDARD
			     : s->mode == MODE_IPV6_ACL   ? ACL_IPV6
							  : ACL_EXTENDED;
	struct acl *a = NULL;

	if (s->mode == MODE_STANDARD_ACL || s->mode == MODE_EXTENDED_ACL || s->mode == MODE_IPV6_ACL)
		a = config_acl_get(s->shell->config, kind, s->object);
	return a && a->kind == kind ? a : NULL;
}

struct line_config *session_line_config(struct session *s)
{
	enum line_kind kind = LINE_CON;
	unsigned first = 0, last = 0;
	char word[16] = "";
	int n;

	if (s->mode != MODE_LINE)
		return NULL;
	n = sscanf(s->object, "%15s %u %u", word, &first, &last);
	if (word[0] == 'v')
		kind = LINE_VTY;
	else if (word[0] == 'a')
		kind = LINE_AUX;
	return config_line_get(s->shell->config, kind, first, n == 3 ? last : first);
}

const struct line_config *session_own_line(const struct session *s)
{
	enum line_kind kind = s->kind == SESSION_VTY ? LINE_VTY : LINE_CON;
	const struct line_config *l;
	unsigned number = 0;

	if (!s->shell->config)
		return NULL;
	if (kind == LINE_VTY && sscanf(s->line_name, "vty%u", &number) != 1)
		return NULL;
	TAILQ_FOREACH (l, &s->shell->config->lines, link)
		if (l->kind == kind && l->first <= number && number <= l->last)
			return l;
	return NULL;
}

bool session_logging_synchronous(struct session *s)
{
	bool taken = session_lock(s);
	const struct line_config *l = session_own_line(s);
	bool on = l && l->logging_synchronous;

	session_unlock(s, taken);
	return on;
}

int session_idle_ms(struct session *s)
{
	bool taken = session_lock(s);
	const struct line_config *l = session_own_line(s);
	unsigned long seconds = l ? l->exec_timeout_min * 60ul + l->exec_timeout_s : 0;

	session_unlock(s, taken);
	return seconds && seconds < INT32_MAX / 1000 ? (int)(seconds * 1000) : -1;
}

bool session_spoke(const struct session *s)
{
	return s->spoke;
}
