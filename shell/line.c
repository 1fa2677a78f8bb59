/* One line of a session: which command it is and where it runs, the command, or what is wrong with it. */
#include "config/free.h"
#include "shell/alias.h"
#include "shell/fs.h"
#include "shell/aaa_int.h"
#include "shell/connection.h"
#include "shell/kept.h"
#include "shell/resolve.h"
#include "shell/session_int.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

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
	bool as_exec;   /* `do` */
	enum filter_kind filter;
	size_t pattern;    /* offset */
	struct fs_url url; /* of a filter to a file */
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

/* `| redirect flash:x`: one word, which names a file. */
static void plan_file(struct plan *p, const char *line, size_t end)
{
	size_t behind = skip_word(line, p->pattern, end), more = skip_blanks(line, behind, end);
	char url[FS_URL_SIZE];

	p->parsed.status = CMD_INVALID;
	p->parsed.at = more < end ? more : p->pattern;
	if (more < end || behind - p->pattern >= sizeof(url))
		return;
	snprintf(url, sizeof(url), "%.*s", (int)(behind - p->pattern), line + p->pattern);
	if (fs_parse(url, &p->url))
		p->parsed.status = CMD_PARSED;
}

/* What stands behind the `|` of a command that may be filtered. */
static void plan_filter(const struct session *s, struct plan *p, const char *line, size_t pipe, size_t end)
{
	size_t word = skip_blanks(line, pipe + 1, end), behind = skip_word(line, word, end), next;

	p->parsed.status = word == end ? CMD_INCOMPLETE : CMD_INVALID;
	p->parsed.at = word;
	for (const struct cmd_choice *c = filter_words; word < end && c->keyword; c++)
		if (filter_allowed((enum filter_kind)c->value, s->privilege) &&
		    keyword_class(c->keyword, line + word, behind - word) != CLASS_NONE)
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
	if (p->pattern < end && filter_to_file(p->filter))
		plan_file(p, line, end);
}

static void plan_exec(const struct session *s, const char *line, size_t start, size_t end, struct plan *p)
{
	struct cmd_scope scope = session_scope(s, MODE_EXEC);
	const char *pipe = memchr(line + start, '|', end - start);

	if (pipe) {
		cmd_parse(&scope, line, start, (size_t)(pipe - line), &p->parsed);
		if (p->parsed.status == CMD_PARSED && cmd_filters(cmd_of(p->parsed.match))) {
			plan_filter(s, p, line, (size_t)(pipe - line), end);
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

	if (!isalnum((unsigned char)line[start]))
		return false;
	for (; second < end; second++)
		if (!isdigit((unsigned char)line[second]))
			return false;
	return !l || !l->no_transport_preferred;
}

static void configuration_changed(struct session *s)
{
	if (s->kind == SESSION_LOADER)
		return;
	snprintf(s->shell->changed_by, sizeof(s->shell->changed_by), "%s", s->user);
	shell_changed(s->shell);
}

/*
 * In a range of interfaces a line is run for one after the other, up to the first that refuses it. p NULL: nothing is
 * filtered, the handler is all there is to it.
 */
static void run_row(struct session *s, const struct plan *p, const struct cmd *row, struct filter *filter)
{
	size_t i = 0, count = row->mode == MODE_IF && !(row->flags & CMD_NO_CHANGE) ? s->range.count : 0;

	do {
		if (count)
			snprintf(s->object, sizeof(s->object), "%s", s->range.names[i]);
		s->result = CMD_REJECTED;
		if (p)
			tree_run(s->tree, row, s->privilege, p->filter, filter);
		else
			s->result = row->handler(s, s->running);
	} while (s->result == CMD_OK && ++i < count);
	if (i < count && count > 1)
		session_line(s, "%% Range command terminated because it failed on %s", s->object);
}

static bool file_error(struct session *s, const struct plan *p, const char *what, const char *why)
{
	char text[FS_URL_SIZE + 16];

	fs_text_plain(&p->url, text, sizeof(text));
	session_line(s, "%%Error %s %s (%s)", what, text, why);
	return false;
}

/* What was collected goes into its file, which had been opened before the command ran. */
static bool write_file(struct session *s, const struct plan *p, const struct filter *filter, struct fs_file *file)
{
	size_t octets;
	const char *text = filter_collected(filter, &octets);
	bool whole = text && fs_put(file, text, octets);
	int rc = fs_close(file, whole);

	if (!text)
		return file_error(s, p, "writing", "Not enough memory");
	if (rc || !whole)
		return file_error(s, p, "writing", fs_error(rc ? rc : -ENOSPC));
	return true;
}

/* The command, the way it is written: under the lock or not, and through its filter. */
static void run_filtered(struct session *s, const struct plan *p, struct filter *filter, bool *taken)
{
	const struct cmd *row = cmd_of(p->parsed.match);
	struct fs_file *file = NULL;
	const char *error = NULL;

	if (filter_to_file(p->filter)) {
		session_unlock(s, *taken); /* a disk may take its time */
		file = fs_create(s->shell, &p->url, p->filter == FILTER_APPEND, &error);
		*taken = session_lock(s);
		if (!file) {
			file_error(s, p, "opening", error);
			return;
		}
	}
	if (row->flags & CMD_UNLOCKED) {
		session_unlock(s, *taken);
		*taken = false;
	}
	if (s->terminal.timestamp && s->shell->exec_stamp && cmd_filters(row))
		s->shell->exec_stamp(s);
	s->filtered = filter && !file;
	run_row(s, p, row, filter);
	s->filtered = false;
	if (file) {
		session_unlock(s, *taken);
		*taken = false;
		if (!write_file(s, p, filter, file))
			s->result = CMD_REJECTED;
	}
}

static void end_interrupts(struct session *s)
{
	if (s->interruptible && s->io.interrupt_done)
		s->io.interrupt_done(s->io.ctx);
	s->interruptible = false;
}

/* On the router's own socket, as in a startup-config, nobody asks. */
static bool may_run(const struct session *s, const struct cmd *row)
{
	enum line_kind kind = s->kind == SESSION_VTY ? LINE_VTY : LINE_CON;

	if (!s->shell->config || s->kind == SESSION_LOADER || (kind == LINE_VTY && !s->from.family))
		return true;
	return aaa_may_run(s->shell->config, kind, s->user, row->privilege, mode_is_config(row->mode));
}

static enum session_verdict execute(struct session *s, const struct plan *p, const char *line, size_t end, bool *taken)
{
	const struct cmd *row = cmd_of(p->parsed.match);
	struct filter *filter = NULL;

	if (!may_run(s, row)) {
		session_line(s, "Command authorization failed.\n");
		return SESSION_REJECTED_LINE;
	}
	if (p->filter != FILTER_NONE && !(filter = filter_new(p->filter, line + p->pattern, end - p->pattern))) {
		session_line(s, "%% Failed to compile regular expression.\n");
		return SESSION_REJECTED_LINE;
	}
	if (p->as_global)
		session_enter(s, MODE_CONFIG, NULL);
	s->running = p->parsed.match;
	s->result = CMD_REJECTED;
	run_filtered(s, p, filter, taken);
	s->running = NULL;
	filter_free(filter);
	end_interrupts(s);
	if (s->result == CMD_OK && mode_is_config(row->mode) && !(row->flags & CMD_NO_CHANGE)) {
		*taken |= session_lock(s); /* a row that ran without it gave it back */
		session_note_typed(s, p->parsed.match, line, end);
		configuration_changed(s);
	}
	s->closed |= s->result == CMD_CLOSE;
	return s->closed ? SESSION_CLOSED : s->result == CMD_OK ? SESSION_ACCEPTED : SESSION_REJECTED_LINE;
}

/* Looks for a host of this name, without the lock: it may wait for a server. */
static bool host_is_known(struct session *s, const char *name, bool *taken, struct ip_addr *address)
{
	bool lookup = !s->shell->config || !s->shell->config->no_domain_lookup, known;

	session_unlock(s, *taken);
	/* what cannot be the name of a host is not asked for, but IOS says that it was */
	if (name[strspn(name, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.:")])
		session_text(s, "Translating \"%s\"%s\r\n", name, lookup ? "...domain server (255.255.255.255)" : "");
	known = resolve_host(s, name, 0, address);
	end_interrupts(s);
	*taken = session_lock(s);
	return known;
}

/* `R3`, `R3 2001` at EXEC: IOS's telnet. */
static enum session_verdict call_host(struct session *s, const char *line, size_t start, size_t end, bool *taken)
{
	static const char command[] = "telnet ";
	size_t octets = skip_word(line, start, end) - start;
	enum session_verdict verdict = SESSION_REJECTED_LINE;
	char *name = strndup(line + start, octets), *whole = malloc(end - start + sizeof(command));
	struct plan p = { 0 };

	if (name && whole && host_is_known(s, name, taken, &s->called_address)) {
		sprintf(whole, "%s%.*s", command, (int)(end - start), line + start);
		plan_exec(s, whole, 0, strlen(whole), &p);
	}
	s->called = name;
	if (p.parsed.match && p.parsed.status == CMD_PARSED)
		verdict = execute(s, &p, whole, strlen(whole), taken);
	else
		error_unknown_host(s);
	s->called = NULL;
	cmd_match_free(p.parsed.match);
	free(name);
	free(whole);
	return verdict;
}

static enum session_verdict refuse(struct session *s, const struct plan *p, const char *line, size_t start, size_t end,
				   bool *taken)
{
	if (p->parsed.status == CMD_INCOMPLETE)
		error_incomplete(s);
	else if (p->parsed.status == CMD_NO_MEMORY)
		error_no_memory(s);
	else if (p->parsed.first_word && !p->as_exec && !mode_is_config(s->mode) &&
		 looks_like_host(s, line, start, end))
		return call_host(s, line, start, end, taken);
	else
		error_invalid(s, p->parsed.at);
	return SESSION_REJECTED_LINE;
}

/* `no X` of a line that is kept; in a range, of every interface that has it. */
static bool remove_kept(struct session *s, const char *line)
{
	bool any = false;

	if (!s->range.count)
		return kept_no(s, line);
	for (size_t i = 0; i < s->range.count; i++) {
		snprintf(s->object, sizeof(s->object), "%s", s->range.names[i]);
		any |= kept_no(s, line);
	}
	return any;
}

char *session_spell_alias(struct session *s, const char *line, size_t word)
{
	size_t end = strlen(line), start = skip_blanks(line, 0, end), command = session_do(s, line, start, end), behind;
	const struct alias *a;
	char *full;

	s->alias_full = s->alias_typed = 0;
	behind = skip_word(line, command, end);
	/* IOS: a blank in front, and the word is the command's own */
	if (!s->shell->config || behind == command || behind > word || line[0] == ' ' ||
	    !(a = alias_find(s->shell->config, command != start ? MODE_EXEC : s->mode, line + command,
			     behind - command)))
		return NULL;
	s->alias_at = command;
	s->alias_typed = behind - command;
	s->alias_full = strlen(a->line);
	full = malloc(end + s->alias_full + 1);
	if (full)
		sprintf(full, "%.*s%s%s", (int)command, line, a->line, line + behind);
	return full;
}

static enum session_verdict run(struct session *s, const char *typed, size_t start, size_t end)
{
	bool taken = session_lock(s);
	char *spelled = session_spell_alias(s, typed, end);
	const char *line = spelled ? spelled : typed;
	size_t typed_end = end;
	enum session_verdict verdict;
	struct plan p;

	end += s->alias_full - s->alias_typed;
	plan_line(s, line, start, end, &p);
	if (p.parsed.status == CMD_PARSED) {
		verdict = execute(s, &p, line, end, &taken);
	} else if (!p.as_exec && mode_is_config(s->mode) && remove_kept(s, line + start)) {
		configuration_changed(s);
		verdict = SESSION_ACCEPTED;
	} else {
		verdict = SESSION_REJECTED_LINE;
		if (p.parsed.status == CMD_AMBIGUOUS)
			error_ambiguous(s, typed, start, typed_end);
		else
			verdict = refuse(s, &p, line, start, end, &taken);
	}
	cmd_match_free(p.parsed.match);
	free_line(spelled);
	s->alias_full = s->alias_typed = 0;
	session_unlock(s, taken);
	return verdict;
}

static void remember(struct session *s, const char *line, size_t octets)
{
	if (s->kind != SESSION_LOADER)
		history_add(mode_is_config(s->mode) ? &s->config_history : &s->exec_history, line, octets,
			    s->terminal.history_size);
}

/* Return alone goes back to the connection that was left open, if there is one. The blank keeps an alias away. */
static enum session_verdict run_nothing(struct session *s)
{
	static const char line[] = " resume";
	enum session_verdict verdict;
	struct connection c;

	if (mode_is_config(s->mode) || !connection_get(s, 0, &c))
		return SESSION_ACCEPTED;
	pager_begin(&s->pager);
	verdict = run(s, line, 1, sizeof(line) - 1);
	output_flush(s);
	return verdict;
}

enum session_verdict session_run(struct session *s, const char *line)
{
	size_t all = strlen(line), start = skip_blanks(line, 0, all), end = all;
	enum session_verdict verdict;

	if (s->closed)
		return SESSION_CLOSED;
	while (end > start && (line[end - 1] == '\r' || line[end - 1] == '\n'))
		end--;
	if (skip_blanks(line, start, end) == end)
		return run_nothing(s);
	if (line[start] == '!')
		return SESSION_ACCEPTED;
	remember(s, line + start, end - start);
	pager_begin(&s->pager);
	verdict = run(s, line, start, end);
	output_flush(s);
	return verdict;
}

enum session_verdict session_run_match(struct session *s, const struct cmd_match *m)
{
	const struct cmd *row = cmd_of(m);
	const bool taken = !(row->flags & CMD_UNLOCKED) && session_lock(s);

	s->running = m;
	run_row(s, NULL, row, NULL);
	s->running = NULL;
	session_unlock(s, taken);
	output_flush(s);
	return s->result == CMD_REJECTED ? SESSION_REJECTED_LINE : SESSION_ACCEPTED;
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
