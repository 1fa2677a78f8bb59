/* A session's life, its modes, and what happens to one line. */
#include "shell/kept.h"
#include "shell/session_int.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

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
	};
	session_unlock(s, taken);
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
	if (kind == SESSION_CONSOLE && !session_watch_log(s, LOG_SINK_CONSOLE, sh->log != NULL))
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
	if (s->kind != SESSION_LOADER)
		session_end_config(s);
	logq_free(s->logs);
	tree_free(s->tree);
	history_clear(&s->exec_history);
	history_clear(&s->config_history);
	free(s->pending);
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

enum cmd_mode session_mode(const struct session *s)
{
	return s->mode;
}

const char *session_object(const struct session *s)
{
	return s->object;
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

/* --- modes ---- */

bool mode_is_config(enum cmd_mode mode)
{
	return mode != MODE_EXEC;
}

void session_enter(struct session *s, enum cmd_mode mode, const char *object)
{
	s->mode = mode;
	snprintf(s->object, sizeof(s->object), "%s", object ? object : "");
}

void session_end_config(struct session *s)
{
	if (!mode_is_config(s->mode))
		return;
	session_enter(s, MODE_EXEC, NULL);
	if (s->kind != SESSION_LOADER && s->shell->log)
		log_syslog(s->shell->log, LOG_SEV_NOTIFICATIONS, "SYS", "CONFIG_I", "Configured from console by %s",
			   s->line_name);
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

/* --- asking ---- */

int session_interrupt_fd(struct session *s)
{
	if (!s->io.interrupt_fd)
		return -1;
	s->interruptible = true;
	return s->io.interrupt_fd(s->io.ctx);
}

/* The user's turn: out with what was printed, and the lock is given up until the answer is there. */
static bool give_up_lock(struct session *s)
{
	bool had = s->locked;

	if (had)
		session_unlock(s, true);
	output_flush(s);
	pager_begin(&s->pager);
	return had;
}

static bool read_answer(struct session *s, bool secret, char *answer, size_t size)
{
	size_t n = 0;
	int c;

	while ((c = s->io.read(s->io.ctx)) >= 0 && c != '\r' && c != '\n') {
		if (c == 0x03 || c == 0x1a || c == 0x1e) {
			output_raw(s, "\r\n", 2);
			return false;
		}
		if (c == '\b' || c == 0x7f) {
			if (n && !secret)
				output_raw(s, "\b \b", 3);
			n -= n > 0;
		} else if (c == 0x15) {
			for (; n; n--)
				if (!secret)
					output_raw(s, "\b \b", 3);
		} else if (c >= ' ' && n + 1 < size) {
			answer[n++] = (char)c;
			if (!secret)
				output_raw(s, &answer[n - 1], 1);
		}
	}
	answer[n] = '\0';
	output_raw(s, "\r\n", 2);
	return c >= 0;
}

bool session_ask(struct session *s, const char *prompt, bool secret, char *answer, size_t size)
{
	bool had, given;

	if (!s->io.read || !size)
		return false;
	had = give_up_lock(s);
	output_raw(s, prompt, strlen(prompt));
	given = read_answer(s, secret, answer, size);
	if (had)
		session_lock(s);
	return given;
}

bool session_confirm(struct session *s, const char *prompt)
{
	bool had;
	int c;

	if (!s->io.read)
		return false;
	had = give_up_lock(s);
	output_raw(s, prompt, strlen(prompt));
	c = s->io.read(s->io.ctx);
	for (int rest = c; s->io.lines && rest >= 0 && rest != '\r' && rest != '\n';)
		rest = s->io.read(s->io.ctx);
	if (c > ' ' && c < 0x7f)
		output_raw(s, &(char){ (char)c }, 1);
	output_raw(s, "\r\n", 2);
	if (had)
		session_lock(s);
	return c == '\r' || c == '\n' || c == 'y' || c == 'Y';
}

/* --- one line ---- */

struct cmd_scope session_scope(const struct session *s, enum cmd_mode mode)
{
	return (struct cmd_scope){
		.tables = s->shell->tables,
		.table_count = s->shell->table_count,
		.mode = mode,
		.privilege = s->privilege,
		.router = s->shell->router,
	};
}

/* A line as it was understood. */
struct plan {
	struct cmd_parsed parsed;
	bool as_global; /* found in global configuration, from below it */
	bool as_exec;	/* `do` */
	enum filter_kind filter;
	size_t pattern; /* offset */
};

static size_t skip_blanks(const char *line, size_t at, size_t end)
{
	while (at < end && (line[at] == ' ' || line[at] == '\t'))
		at++;
	return at;
}

static size_t skip_word(const char *line, size_t at, size_t end)
{
	while (at < end && line[at] != ' ' && line[at] != '\t')
		at++;
	return at;
}

size_t session_do(const struct session *s, const char *line, size_t start, size_t end)
{
	size_t behind = skip_word(line, start, end);

	if (!mode_is_config(s->mode))
		return start;
	return (behind - start == 2 && !strncasecmp(line + start, "do", 2)) ||
			       (behind - start == 7 && !strncasecmp(line + start, "do-exec", 7))
		       ? skip_blanks(line, behind, end)
		       : start;
}

/* What stands behind the `|` of a command that may be filtered. */
static void plan_filter(struct plan *p, const char *line, size_t pipe, size_t end)
{
	size_t word = skip_blanks(line, pipe + 1, end), behind = skip_word(line, word, end), next;

	p->parsed.status = word == end ? CMD_INCOMPLETE : CMD_INVALID;
	p->parsed.at = word;
	for (const struct cmd_choice *c = filter_words; word < end && c->keyword; c++)
		if (keyword_class(c->keyword, line + word, behind - word) != CLASS_NONE)
			p->filter = (enum filter_kind)c->value;
	if (p->filter == FILTER_NONE)
		return;
	p->pattern = skip_blanks(line, behind, end);
	if (p->filter == FILTER_SECTION) {
		behind = skip_word(line, p->pattern, end);
		next = skip_blanks(line, behind, end);
		if (next < end && keyword_class("exclude", line + p->pattern, behind - p->pattern) != CLASS_NONE) {
			p->filter = FILTER_SECTION_EXCLUDE;
			p->pattern = next;
		} else if (next < end &&
			   keyword_class("include", line + p->pattern, behind - p->pattern) != CLASS_NONE) {
			p->pattern = next;
		}
	}
	p->parsed.status = p->pattern < end ? CMD_PARSED : CMD_INCOMPLETE;
}

static void plan_exec(const struct session *s, const char *line, size_t start, size_t end, struct plan *p)
{
	struct cmd_scope scope = session_scope(s, MODE_EXEC);
	const char *pipe = memchr(line + start, '|', end - start);

	if (pipe) {
		cmd_parse(&scope, line, start, (size_t)(pipe - line), &p->parsed);
		if (p->parsed.status == CMD_PARSED && cmd_filters(cmd_of(p->parsed.match))) {
			plan_filter(p, line, (size_t)(pipe - line), end);
			return;
		}
		cmd_match_free(p->parsed.match);
	}
	cmd_parse(&scope, line, start, end, &p->parsed);
}

static void plan_config(const struct session *s, const char *line, size_t start, size_t end, struct plan *p)
{
	struct cmd_scope scope = session_scope(s, s->mode);
	struct cmd_parsed global;

	cmd_parse(&scope, line, start, end, &p->parsed);
	if (p->parsed.status != CMD_INVALID || s->mode == MODE_CONFIG)
		return;
	scope.mode = MODE_CONFIG;
	cmd_parse(&scope, line, start, end, &global);
	if (global.status == CMD_INVALID && global.at <= p->parsed.at)
		return;
	p->parsed = global;
	p->as_global = true;
}

static void plan_line(const struct session *s, const char *line, size_t start, size_t end, struct plan *p)
{
	size_t command = session_do(s, line, start, end);

	*p = (struct plan){ .as_exec = command != start };
	if (p->as_exec && command == end)
		p->parsed.status = CMD_INCOMPLETE;
	else if (p->as_exec || !mode_is_config(s->mode))
		plan_exec(s, line, command, end, p);
	else
		plan_config(s, line, start, end, p);
	/* `do configure terminal`: one is in configuration already */
	if (p->as_exec && p->parsed.status == CMD_PARSED &&
	    !strcmp(cmd_of(p->parsed.match)->tokens[0].name, "configure")) {
		p->parsed.status = CMD_INVALID;
		p->parsed.at = command;
	}
}

/* An unknown word at EXEC is the name of a host to connect to, with its port perhaps. */
static bool looks_like_host(const struct session *s, const char *line, size_t start, size_t end)
{
	size_t behind = skip_word(line, start, end), second = skip_blanks(line, behind, end);
	const struct line_config *l = session_own_line(s);
	const struct kept_line *k;

	if (!isalnum((unsigned char)line[start]))
		return false;
	for (; second < end; second++)
		if (!isdigit((unsigned char)line[second]))
			return false;
	if (l)
		TAILQ_FOREACH (k, &l->kept, link)
			if (!strcmp(k->text, "transport preferred none"))
				return false;
	return true;
}

static void refuse(struct session *s, const struct plan *p, const char *line, size_t start, size_t end)
{
	switch (p->parsed.status) {
	case CMD_AMBIGUOUS:
		error_ambiguous(s, line, start, end);
		break;
	case CMD_INCOMPLETE:
		error_incomplete(s);
		break;
	case CMD_INVALID:
	case CMD_PARSED:
		if (p->parsed.first_word && !p->as_exec && !mode_is_config(s->mode) &&
		    looks_like_host(s, line, start, end))
			error_unknown_host(s, line + start, skip_word(line, start, end) - start);
		else
			error_invalid(s, p->parsed.at);
		break;
	}
}

static void configuration_changed(struct session *s)
{
	if (s->kind == SESSION_LOADER)
		return;
	s->shell->config_dirty = true;
	clock_gettime(CLOCK_REALTIME, &s->shell->config_changed);
	if (s->shell->router)
		router_apply(s->shell->router);
}

static enum session_verdict execute(struct session *s, const struct plan *p, const char *line, size_t end, bool *taken)
{
	const struct cmd *row = cmd_of(p->parsed.match);
	struct filter *filter = NULL;

	if (p->filter != FILTER_NONE && !(filter = filter_new(p->filter, line + p->pattern, end - p->pattern))) {
		session_line(s, "%% Failed to compile regular expression.\n");
		return SESSION_REJECTED_LINE;
	}
	if (p->as_global)
		session_enter(s, MODE_CONFIG, NULL);
	if (row->flags & CMD_UNLOCKED) {
		session_unlock(s, *taken);
		*taken = false;
	}
	s->running = p->parsed.match;
	s->result = CMD_REJECTED;
	tree_run(s->tree, row, s->privilege, p->filter, filter);
	s->running = NULL;
	filter_free(filter);
	if (s->interruptible && s->io.interrupt_done)
		s->io.interrupt_done(s->io.ctx);
	s->interruptible = false;
	if (s->result == CMD_OK && mode_is_config(row->mode) && !(row->flags & CMD_NO_CHANGE))
		configuration_changed(s);
	s->closed |= s->result == CMD_CLOSE;
	return s->closed ? SESSION_CLOSED : s->result == CMD_OK ? SESSION_ACCEPTED : SESSION_REJECTED_LINE;
}

static enum session_verdict run(struct session *s, const char *line, size_t start, size_t end)
{
	bool taken = session_lock(s);
	enum session_verdict verdict;
	struct plan p;

	plan_line(s, line, start, end, &p);
	if (p.parsed.status == CMD_PARSED) {
		verdict = execute(s, &p, line, end, &taken);
	} else if (!p.as_exec && mode_is_config(s->mode) && kept_no(s, line + start)) {
		configuration_changed(s);
		verdict = SESSION_ACCEPTED;
	} else {
		refuse(s, &p, line, start, end);
		verdict = SESSION_REJECTED_LINE;
	}
	cmd_match_free(p.parsed.match);
	session_unlock(s, taken);
	return verdict;
}

static void remember(struct session *s, const char *line, size_t octets)
{
	if (s->kind != SESSION_LOADER)
		history_add(mode_is_config(s->mode) ? &s->config_history : &s->exec_history, line, octets,
			    s->terminal.history_size);
}

enum session_verdict session_run(struct session *s, const char *line)
{
	size_t all = strlen(line), start = skip_blanks(line, 0, all), end = all;
	enum session_verdict verdict;

	if (s->closed)
		return SESSION_CLOSED;
	while (end > start && (line[end - 1] == '\r' || line[end - 1] == '\n'))
		end--;
	if (skip_blanks(line, start, end) == end || line[start] == '!')
		return SESSION_ACCEPTED;
	remember(s, line + start, end - start);
	pager_begin(&s->pager);
	verdict = run(s, line, start, end);
	output_flush(s);
	return verdict;
}

enum session_verdict session_run_and_end(struct session *s, const char *text)
{
	enum session_verdict verdict = session_run(s, text);

	if (verdict != SESSION_CLOSED)
		session_end_config(s);
	return verdict;
}

enum session_verdict session_break(struct session *s)
{
	session_end_config(s);
	return SESSION_ACCEPTED;
}
