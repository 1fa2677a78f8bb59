/* What a line is when it has been walked: a command with its arguments, or the list of what may follow. */
#include "shell/walk.h"

#include "config/free.h"

#include <stdlib.h>
#include <string.h>

struct cmd_match {
	const struct cmd *row;
	enum negation negation;
	struct binding *last;
	struct block *blocks;
	char *line;
};

/* --- the whole line ---- */

static char *canonical_line(const struct cmd_match *m)
{
	size_t octets = 1;
	char *text, *p;

	for (const struct binding *b = m->last; b; b = b->before)
		octets += strlen(b->spelled) + 1;
	if (!(text = calloc(1, octets)))
		return NULL;
	p = text + octets - 1;
	for (const struct binding *b = m->last; b; b = b->before) {
		size_t n = strlen(b->spelled);

		p -= n;
		memcpy(p, b->spelled, n);
		if (b->before)
			*--p = ' ';
	}
	memmove(text, p, strlen(p) + 1);
	return text;
}

static struct cmd_match *match_new(struct walk *w, const struct live *l)
{
	struct cmd_match *m = w->failed ? NULL : calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->row = l->row;
	m->negation = l->negation;
	m->last = l->last;
	if (!(m->line = canonical_line(m))) {
		free(m);
		return NULL;
	}
	m->blocks = w->blocks;
	w->blocks = NULL;
	return m;
}

void cmd_parse(const struct cmd_scope *scope, const char *line, size_t start, size_t end, struct cmd_parsed *out)
{
	const struct live *won = NULL;
	struct walk w;

	*out = (struct cmd_parsed){ 0 };
	walk_begin(&w, scope, line, start, end);
	out->status = walk_line(&w, &out->at, &out->first_word);
	if (out->status == CMD_PARSED) {
		for (size_t i = 0; i < w.live.count && !won; i++)
			if (live_complete(&w.live.v[i]))
				won = &w.live.v[i];
		for (size_t i = 0; i < w.live.count && !won; i++)
			if (live_complete_short(&w.live.v[i]))
				won = &w.live.v[i];
		if (!won)
			out->status = CMD_INCOMPLETE;
		else if (!(out->match = match_new(&w, won)))
			out->status = CMD_NO_MEMORY;
	}
	if (w.failed)
		out->status = CMD_NO_MEMORY;
	walk_end(&w);
}

void cmd_match_free(struct cmd_match *m)
{
	if (!m)
		return;
	walk_free_blocks(m->blocks);
	free_line(m->line);
	free(m);
}

/* --- what may follow ---- */

static void expect_add(struct cmd_expected *e, size_t *room, const char *text, const char *help, bool keyword)
{
	for (size_t i = 0; i < e->count; i++)
		if (!strcmp(e->next[i].text, text))
			return;
	if (e->count == *room) {
		struct cmd_next *v = reallocarray(e->next, *room + 32, sizeof(*v));

		if (!v)
			return;
		e->next = v;
		*room += 32;
	}
	e->next[e->count].text = strdup(text);
	e->next[e->count].help = help ? help : "";
	e->next[e->count].keyword = keyword;
	e->count += e->next[e->count].text != NULL;
}

static void expect_live(struct cmd_expected *e, size_t *room, const struct live *l)
{
	struct want wants[WANTS];
	size_t n = live_wants(l, wants);
	char buf[64];

	for (size_t i = 0; i < n; i++) {
		const struct tok *t = wants[i].tok;

		if (!t) {
			expect_add(e, room, wants[i].opt->keyword, wants[i].opt->help, true);
		} else if (t->kind == TOK_KW) {
			expect_add(e, room, t->name, t->help, true);
		} else if (t->kind == TOK_PICK) {
			for (const struct cmd_choice *c = t->choices; c->keyword; c++)
				expect_add(e, room, c->keyword, c->help, true);
		} else if (t->kind == TOK_IFNAME || t->kind == TOK_IFRANGE) {
			for (const struct cmd_choice *c = cmd_interface_types; c->keyword; c++) {
				const struct cmd_choice *number = cmd_interface_number(c->value);

				if (!l->type)
					expect_add(e, room, c->keyword, c->help, true);
				else if (!strcmp(l->type, c->keyword))
					expect_add(e, room, number->keyword, number->help, false);
			}
		} else {
			expect_add(e, room, cmd_metavar(t, buf, sizeof(buf)), t->help, false);
		}
	}
}

/* By character code, as IOS: "0" before "WORD", "WORD" before "address". */
static int by_text(const void *a, const void *b)
{
	const struct cmd_next *x = a, *y = b;

	return strcmp(x->text, y->text);
}

void cmd_expect(const struct cmd_scope *scope, const char *line, size_t start, size_t end, struct cmd_expected *out)
{
	size_t at, room = 0;
	bool first_word;
	struct walk w;

	*out = (struct cmd_expected){ 0 };
	walk_begin(&w, scope, line, start, end);
	out->status = walk_line(&w, &at, &first_word);
	for (size_t i = 0; out->status == CMD_PARSED && i < w.live.count; i++) {
		const struct live *l = &w.live.v[i];

		if (live_complete(l) || live_complete_short(l)) {
			out->complete = true;
			out->filterable |= cmd_filters(l->row);
		}
		if (!(l->row->flags & CMD_HIDDEN))
			expect_live(out, &room, l);
		if (l->tok && l->row->tokens[l->tok - 1].kind == TOK_IFRANGE) {
			expect_add(out, &room, ",", "comma", true);
			expect_add(out, &room, "-", "hyphen", true);
		}
	}
	if (out->status == CMD_PARSED && w.first && walk_negates(&w)) {
		expect_add(out, &room, "no",
			   scope->mode == MODE_EXEC ? "Disable debugging functions"
						    : "Negate a command or set its defaults",
			   true);
		if (scope->mode != MODE_EXEC)
			expect_add(out, &room, "default", "Set a command to its defaults", true);
	}
	if (w.failed)
		out->status = CMD_NO_MEMORY;
	if (out->count)
		qsort(out->next, out->count, sizeof(*out->next), by_text);
	walk_end(&w);
}

void cmd_expected_free(struct cmd_expected *e)
{
	for (size_t i = 0; i < e->count; i++)
		free(e->next[i].text);
	free(e->next);
	*e = (struct cmd_expected){ 0 };
}

/* --- what a handler asks ---- */

static const struct binding *binding_of(const struct cmd_match *m, const char *name)
{
	for (const struct binding *b = m->last; b; b = b->before)
		for (size_t i = 0; i < 2; i++)
			if (b->names[i] && !strcmp(b->names[i], name))
				return b;
	return NULL;
}

bool cmd_filters(const struct cmd *row)
{
	const struct tok *t = row->tokens;

	if (t->kind != TOK_KW)
		return false;
	if (!strcmp(t->name, "write"))
		return t[1].kind == TOK_KW && !strcmp(t[1].name, "terminal");
	return !strcmp(t->name, "show") || !strcmp(t->name, "more");
}

const struct cmd *cmd_of(const struct cmd_match *m)
{
	return m->row;
}

bool cmd_is_default(const struct cmd_match *m)
{
	return m->negation == DEFAULTED && (m->row->flags & CMD_DEFAULT);
}

bool cmd_is_no(const struct cmd_match *m)
{
	return m->negation != PLAIN && !cmd_is_default(m);
}

bool cmd_has(const struct cmd_match *m, const char *name)
{
	if (binding_of(m, name))
		return true;
	for (const struct binding *b = m->last; b; b = b->before)
		if (b->keyword && !strcmp(b->keyword, name))
			return true;
	return false;
}

unsigned cmd_position(const struct cmd_match *m, const char *name)
{
	const struct binding *b = binding_of(m, name);
	unsigned position = 0;

	for (; b; b = b->before)
		position++;
	return position;
}

int64_t cmd_num(const struct cmd_match *m, const char *name, int64_t otherwise)
{
	const struct binding *b = binding_of(m, name);

	return b ? b->num : otherwise;
}

size_t cmd_nums(const struct cmd_match *m, const char *name, int64_t *out, size_t room)
{
	size_t count = 0, at;

	for (const struct binding *b = m->last; b; b = b->before)
		count += b->names[0] && !strcmp(b->names[0], name);
	at = count;
	for (const struct binding *b = m->last; b; b = b->before)
		if (b->names[0] && !strcmp(b->names[0], name) && --at < room)
			out[at] = b->num;
	return count < room ? count : room;
}

const char *cmd_text(const struct cmd_match *m, const char *name)
{
	const struct binding *b = binding_of(m, name);

	return b ? b->spelled : NULL;
}

bool cmd_addr(const struct cmd_match *m, const char *name, struct ip_addr *out)
{
	const struct binding *b = binding_of(m, name);

	return b && ip_parse(b->spelled, out);
}

bool cmd_prefix(const struct cmd_match *m, const char *name, struct ip_prefix *out)
{
	const struct binding *b = binding_of(m, name);

	return b && ip_parse_prefix(b->spelled, out);
}

size_t cmd_at(const struct cmd_match *m, const char *name)
{
	const struct binding *b = binding_of(m, name);

	return b ? b->at : 0;
}

const char *cmd_line(const struct cmd_match *m)
{
	return m->line;
}
