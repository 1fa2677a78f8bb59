/* What IOS says around commands: the prompt, the errors, `?` and Tab. */
#include "config/free.h"
#include "shell/alias.h"
#include "shell/session_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HELP_WIDTH 80 /* where a terminal has no width of its own */

/* --- prompt ---- */

static const struct {
	const char *prompt, *heading;
} modes[MODE_COUNT] = {
	[MODE_EXEC] = { "", "Exec commands:" },
	[MODE_CONFIG] = { "(config)", "Configure commands:" },
	[MODE_IF] = { "(config-if)", "Interface configuration commands:" },
	[MODE_REDUNDANCY] = { "(config-red)", "Redundancy configuration commands:" },
	[MODE_CONTROL_PLANE] = { "(config-cp)", "Control Plane configuration commands:" },
	[MODE_ARCHIVE] = { "(config-archive)", "Archive configuration commands:" },
	[MODE_ARCHIVE_LOG] = { "(config-archive-log-cfg)", "Config Logger configuration commands:" },
	[MODE_LINE] = { "(config-line)", "Line configuration commands:" },
	[MODE_ISAKMP_POLICY] = { "(config-isakmp)", "ISAKMP commands:" },
	[MODE_TRANSFORM_SET] = { "(cfg-crypto-trans)", "Crypto transform configuration commands:" },
	[MODE_IPSEC_PROFILE] = { "(ipsec-profile)", "Crypto Map configuration commands:" },
	[MODE_KEYRING] = { "(conf-keyring)", "Crypto Keyring commands:" },
	[MODE_ISAKMP_PROFILE] = { "(conf-isa-prof)", "Crypto ISAKMP Profile commands:" },
	[MODE_STANDARD_ACL] = { "(config-std-nacl)", "Standard Access List configuration commands:" },
	[MODE_EXTENDED_ACL] = { "(config-ext-nacl)", "Ext Access List configuration commands:" },
	[MODE_IPV6_ACL] = { "(config-ipv6-acl)", "IPv6 Access List configuration commands:" },
	[MODE_ISAKMP_PEER] = { "(config-isakmp-peer)", "Crypto ISAKMP Peer commands:" },
	[MODE_SSH_PUBKEY] = { "(conf-ssh-pubkey)", "SSH public key identification mode:" },
	[MODE_SSH_PUBKEY_USER] = { "(conf-ssh-pubkey-user)", "SSH public key entry mode:" },
	[MODE_SSH_PUBKEY_DATA] = { "(conf-ssh-pubkey-data)", "SSH public key data mode:" },
};

/* In configuration the prompt is kept short at the hostname's cost, down to the 16 characters that tools compare. */
#define PROMPT_BODY       28
#define PROMPT_HOST_LEAST 16

void session_prompt(struct session *s, char *buf, size_t size)
{
	const char *mode = s->range.count ? "(config-if-range)" : modes[s->mode].prompt;
	bool taken = session_lock(s);
	const char *host = s->shell->config ? s->shell->config->hostname : "Router";
	int width = CONFIG_NAME_SIZE;

	if (*mode) {
		width = PROMPT_BODY - (int)strlen(mode);
		if (width < PROMPT_HOST_LEAST)
			width = PROMPT_HOST_LEAST;
	}
	snprintf(buf, size, "%.*s%s%s", width, host, mode, *mode || s->privilege > 1 ? "#" : ">");
	session_unlock(s, taken);
}

/* --- errors: each is followed by an empty line ---- */

static size_t prompt_octets(struct session *s)
{
	char prompt[CONFIG_NAME_SIZE + 32];

	session_prompt(s, prompt, sizeof(prompt));
	return strlen(prompt);
}

void error_invalid(struct session *s, size_t at)
{
	if (s->alias_full && at >= s->alias_at)
		at = at < s->alias_at + s->alias_full ? s->alias_at : at - s->alias_full + s->alias_typed;
	at -= at < s->scrolled ? at : s->scrolled;
	session_line(s, "%*s^", (int)(prompt_octets(s) + at), "");
	session_line(s, "%% Invalid input detected at '^' marker.\n");
}

void session_refuse_at(struct session *s, const struct cmd_match *m, const char *name, size_t within)
{
	error_invalid(s, cmd_at(m, name) + within);
}

void error_incomplete(struct session *s)
{
	session_line(s, "%% Incomplete command.\n");
}

void error_no_memory(struct session *s)
{
	session_line(s, "%% Not enough memory\n");
}

void error_ambiguous(struct session *s, const char *line, size_t start, size_t end)
{
	while (end > start && (line[end - 1] == ' ' || line[end - 1] == '\t'))
		end--;
	session_line(s, "%% Ambiguous command:  \"%.*s\"\n", (int)(end - start), line + start);
}

void error_unknown_host(struct session *s)
{
	session_line(s, "%% Unknown command or computer name, or unable to find computer address\n");
}

/* --- `?` ---- */

/* The line up to the cursor: whole words, then the one being typed. */
struct question {
	size_t start, end;   /* of the whole words */
	size_t word, octets; /* of the one being typed; octets 0: none */
	bool filter;         /* the words end with `|`: what is typed is the filter's name */
	bool pattern;        /* ... and its name is there: a pattern */
	bool as_exec;
	struct cmd_expected expected;
};

static void expect_word(struct cmd_expected *e, const struct cmd_choice *word)
{
	struct cmd_next *next = reallocarray(e->next, e->count + 1, sizeof(*next));

	if (!next)
		return;
	e->next = next;
	next[e->count] = (struct cmd_next){ strdup(word->keyword), word->help, true };
	e->count += next[e->count].text != NULL;
}

static const struct cmd_choice file_systems[] = {
	{ "flash:", "Uniform Resource Locator", 0 },
	{ "null:", "Uniform Resource Locator", 0 },
	{ "nvram:", "Uniform Resource Locator", 0 },
	{ 0 },
};

/* Behind the name of a filter: a pattern, or a file's name. */
static void expect_pattern(const struct cmd_scope *scope, struct cmd_expected *e, const char *name, size_t octets)
{
	for (const struct cmd_choice *c = filter_words; c->keyword; c++) {
		if (keyword_class(c->keyword, name, octets) == CLASS_NONE)
			continue;
		if (!filter_allowed((enum filter_kind)c->value, scope->privilege))
			return;
		for (const struct cmd_choice *f = file_systems;
		     filter_to_file((enum filter_kind)c->value) && f->keyword; f++)
			expect_word(e, f);
	}
	if (e->count)
		return;
	if ((e->next = calloc(1, sizeof(*e->next))) && (e->next[0].text = strdup("LINE"))) {
		e->next[0].help = "Regular Expression";
		e->count = 1;
	}
}

/* Is line[start, pipe) a command that may be filtered? */
static bool filtered(const struct cmd_scope *scope, const char *line, size_t start, size_t pipe)
{
	struct cmd_parsed p;
	bool yes;

	cmd_parse(scope, line, start, pipe, &p);
	yes = p.status == CMD_PARSED && cmd_filters(cmd_of(p.match));
	cmd_match_free(p.match);
	return yes;
}

static bool ask_filter(const struct cmd_scope *scope, const char *line, struct question *q)
{
	const char *pipe = memchr(line + q->start, '|', q->word + q->octets - q->start);
	size_t name;

	if (!pipe || !filtered(scope, line, q->start, (size_t)(pipe - line)))
		return false;
	name = (size_t)(pipe - line) + 1;
	if (name > q->word) { /* `show clock |?` */
		q->octets -= name - q->word;
		q->word = name;
	}
	name += strspn(line + name, " \t");
	for (const struct cmd_choice *c = filter_words; name >= q->word && c->keyword; c++)
		if (filter_allowed((enum filter_kind)c->value, scope->privilege))
			expect_word(&q->expected, c);
	if (name < q->word)
		expect_pattern(scope, &q->expected, line + name, strcspn(line + name, " \t"));
	return true;
}

static void ask(struct session *s, const char *line, struct question *q)
{
	size_t end = strlen(line), start = strspn(line, " \t"), word = end;
	bool taken = session_lock(s);
	struct cmd_scope scope;

	while (word > start && line[word - 1] != ' ' && line[word - 1] != '\t')
		word--;
	*q = (struct question){ .word = word, .octets = end - word };
	q->start = session_do(s, line, start, word);
	q->as_exec = q->start != start;
	q->end = word;
	scope = session_scope(s, q->as_exec ? MODE_EXEC : s->mode);
	if (scope.mode != MODE_EXEC || !ask_filter(&scope, line, q))
		cmd_expect(&scope, line, q->start, q->end, &q->expected);
	session_unlock(s, taken);
}

static bool begins_with(const char *text, const char *word, size_t octets)
{
	if (text[0] == '*' && text[1]) /* an alias, chosen by its name before */
		return true;
	return keyword_class(text, word, octets) != CLASS_NONE || octets == 0;
}

static unsigned terminal_width(const struct session *s)
{
	return s->terminal.width ? s->terminal.width : HELP_WIDTH;
}

/* Keywords alone, in columns. */
static void print_columns(struct session *s, const struct question *q, const char *line)
{
	size_t column = 0, n = 0;
	char *text;

	for (size_t i = 0; i < q->expected.count; i++) {
		const struct cmd_next *e = &q->expected.next[i];

		if (e->keyword && begins_with(e->text, line + q->word, q->octets) && strlen(e->text) > column)
			column = strlen(e->text);
	}
	column += 2;
	if (!(text = calloc(1, terminal_width(s) + column + 1)))
		return;
	for (size_t i = 0; i < q->expected.count; i++) {
		const struct cmd_next *e = &q->expected.next[i];

		if (!e->keyword || !begins_with(e->text, line + q->word, q->octets))
			continue;
		if (n && n + column > terminal_width(s)) {
			session_line(s, "%s", text);
			n = 0;
		}
		n += (size_t)sprintf(text + n, "%-*s", (int)column, e->text);
	}
	if (n)
		session_line(s, "%s", text);
	free(text);
}

/* "  keyword  help", the help folded at blanks below itself where it is too long. */
static void print_described(struct session *s, const char *text, size_t column, const char *help)
{
	size_t width = terminal_width(s), room;
	const char *head = text;

	room = width > column + 4 + 20 ? width - column - 5 : 20;
	do {
		size_t n = strlen(help);

		if (n > room)
			for (n = room; n && help[n] != ' '; n--)
				;
		if (!n)
			n = strlen(help);
		session_line(s, "  %-*s  %.*s", (int)column, head, (int)n, help);
		help += n;
		help += strspn(help, " ");
		head = "";
	} while (*help);
}

static void print_list(struct session *s, const struct question *q, const char *line)
{
	const struct cmd_expected *e = &q->expected;
	size_t column = e->complete ? 4 : 0;

	for (size_t i = 0; i < e->count; i++)
		if (strlen(e->next[i].text) > column)
			column = strlen(e->next[i].text);
	if (q->start == q->word && !q->as_exec && strspn(line, " \t") == strlen(line))
		session_line(s, "%s", modes[s->mode].heading);
	for (size_t i = 0; i < e->count; i++)
		print_described(s, e->next[i].text, column, e->next[i].help);
	if (e->filterable)
		print_described(s, "|", column, "Output modifiers");
	if (e->complete)
		session_line(s, "  <cr>");
	session_line(s, "%s", "");
}

/* A word was begun that is no keyword: the parameters that could stand here. */
static bool print_parameters(struct session *s, const struct question *q)
{
	size_t column = 0;

	for (size_t i = 0; i < q->expected.count; i++)
		if (!q->expected.next[i].keyword && strlen(q->expected.next[i].text) > column)
			column = strlen(q->expected.next[i].text);
	for (size_t i = 0; i < q->expected.count; i++)
		if (!q->expected.next[i].keyword)
			print_described(s, q->expected.next[i].text, column, q->expected.next[i].help);
	return column > 0;
}

/* `interface Tunnel2?`: what `interface Tunnel ?` says of the number. */
static bool print_number(struct session *s, const char *text, const struct question *q)
{
	size_t letters = strcspn(text + q->word, "0123456789");
	struct question of_number;
	bool any = false;
	char *apart;

	if (!letters || letters >= q->octets || !(apart = malloc(q->word + letters + 2)))
		return false;
	sprintf(apart, "%.*s ", (int)(q->word + letters), text);
	ask(s, apart, &of_number);
	if (of_number.expected.status == CMD_PARSED)
		any = print_parameters(s, &of_number);
	cmd_expected_free(&of_number.expected);
	free_line(apart);
	return any;
}

static size_t count_keywords(const struct question *q, const char *line)
{
	size_t n = 0;

	for (size_t i = 0; i < q->expected.count; i++)
		n += q->expected.next[i].keyword && begins_with(q->expected.next[i].text, line + q->word, q->octets);
	return n;
}

static void expect_do(const struct session *s, struct question *q, const char *line)
{
	struct cmd_expected *e = &q->expected;
	struct cmd_next *v;
	size_t at = 0;

	/* only as the first word of a line; the modes below do not list it */
	if (s->mode != MODE_CONFIG || q->as_exec || strspn(line, " \t") != q->word)
		return;
	if (!(v = reallocarray(e->next, e->count + 1, sizeof(*v))))
		return;
	e->next = v;
	while (at < e->count && (!v[at].keyword || strcmp(v[at].text, "do-exec") < 0))
		at++;
	memmove(v + at + 1, v + at, (e->count - at) * sizeof(*v));
	v[at] = (struct cmd_next){ strdup("do-exec"), "To run exec commands in config mode", true };
	if (v[at].text)
		e->count++;
}

/* The line with an alias in it spelled out: what may follow it is asked then. To be freed. */
static char *question_text(struct session *s, const char *text)
{
	bool taken = session_lock(s);
	size_t word = strlen(text);
	char *full;

	while (word && text[word - 1] != ' ' && text[word - 1] != '\t')
		word--;
	full = session_spell_alias(s, text, word);
	s->alias_full = s->alias_typed = 0;
	session_unlock(s, taken);
	return full ? full : strdup(text);
}

static void add_alias(void *ctx, const char *name, const char *line)
{
	struct cmd_expected *e = ctx;
	const char *quote = strchr(line, ' ') ? "\"" : "";
	struct cmd_next *v = reallocarray(e->next, e->count + 1, sizeof(*v));
	size_t room = strlen(name) + strlen(line) + sizeof("*=\"\"");
	char *text = malloc(room);

	if (v)
		e->next = v;
	if (!v || !text) {
		free(text);
		return;
	}
	snprintf(text, room, "*%s=%s%s%s", name, quote, line, quote);
	v[e->count++] = (struct cmd_next){ text, "", true };
}

/* Aliases stand before the commands that begin like them; behind a blank at the line's beginning there are none. */
static void expect_aliases(struct session *s, struct question *q, const char *line)
{
	struct cmd_expected *e = &q->expected, all = { 0 };
	struct cmd_next *v;
	bool taken;

	if (!q->octets || line[0] == ' ' || q->start != q->word || !s->shell->config || e->status != CMD_PARSED)
		return;
	taken = session_lock(s);
	alias_each(s->shell->config, q->as_exec ? MODE_EXEC : s->mode, line + q->word, q->octets, add_alias, &all);
	session_unlock(s, taken);
	if (!all.count || !(v = reallocarray(all.next, all.count + e->count, sizeof(*v)))) {
		cmd_expected_free(&all);
		return;
	}
	if (e->count)
		memcpy(v + all.count, e->next, e->count * sizeof(*v));
	free(e->next);
	e->next = v;
	e->count += all.count;
}

void session_help(struct session *s, const char *typed)
{
	struct question q;
	char *text = question_text(s, typed);

	if (!text)
		return;
	pager_begin(&s->pager);
	ask(s, text, &q);
	expect_do(s, &q, text);
	expect_aliases(s, &q, text);
	if (q.expected.status == CMD_AMBIGUOUS)
		session_line(s, "%% Ambiguous command:  \"%s\"", typed + strspn(typed, " \t"));
	else if (q.expected.status == CMD_NO_MEMORY)
		error_no_memory(s);
	else if (q.expected.status != CMD_PARSED)
		session_line(s, "%% Unrecognized command");
	else if (!q.octets && (q.expected.count || q.expected.complete))
		print_list(s, &q, text);
	else if (q.octets && count_keywords(&q, text))
		print_columns(s, &q, text);
	else if (!q.octets || (!print_parameters(s, &q) && !print_number(s, text, &q)))
		session_line(s, "%% Unrecognized command");
	output_flush(s);
	cmd_expected_free(&q.expected);
	free_line(text);
}

bool session_complete(struct session *s, const char *typed, char *out, size_t size)
{
	const char *found = NULL;
	char *text = question_text(s, typed);
	struct question q;
	bool unique;

	if (!text)
		return false;
	ask(s, text, &q);
	expect_do(s, &q, text);
	unique = q.octets && q.expected.status == CMD_PARSED && count_keywords(&q, text) == 1;
	for (size_t i = 0; unique && i < q.expected.count; i++)
		if (q.expected.next[i].keyword && begins_with(q.expected.next[i].text, text + q.word, q.octets))
			found = q.expected.next[i].text;
	if (found)
		unique = (size_t)snprintf(out, size, "%.*s%s ", (int)(strlen(typed) - q.octets), typed, found) < size;
	cmd_expected_free(&q.expected);
	free_line(text);
	return found && unique;
}
