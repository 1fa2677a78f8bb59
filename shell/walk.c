#include "shell/walk.h"

#include "base/wipe.h"
#include "router/router.h"
#include "shell/alias.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A way that works, and how well. */
struct hit {
	struct live live;
	enum word_class class;
	const char *keyword; /* the one matched, or NULL */
};

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

/* --- memory ---- */

#define BLOCK_ROOM 1024

/* Of a block that serves many: a line takes one or two. Zeroed. */
static void *take(struct walk *w, size_t octets)
{
	const size_t align = _Alignof(max_align_t);
	struct block *b = w->blocks;
	void *p;

	octets = (octets + align - 1) / align * align;
	if (!b || b->room - b->octets < octets) {
		const size_t room = octets < BLOCK_ROOM ? BLOCK_ROOM : octets;

		b = calloc(1, sizeof(*b) + room);
		if (!b) {
			w->failed = true;
			return NULL;
		}
		b->next = w->blocks;
		b->room = room;
		w->blocks = b;
	}
	p = b->bytes + b->octets;
	b->octets += octets;
	return p;
}

void walk_free_blocks(struct block *b)
{
	while (b) {
		struct block *next = b->next;

		wipe(b->bytes, b->octets); /* a word may be a key */
		free(b);
		b = next;
	}
}

static const char *keep_text(struct walk *w, const char *text, size_t octets)
{
	char *s = take(w, octets + 1);

	if (s)
		memcpy(s, text, octets);
	return s;
}

static void live_add(struct walk *w, struct live_set *set, const struct live *l)
{
	if (set->count == set->room) {
		size_t room = set->room ? set->room * 2 : 64;
		struct live *v = reallocarray(set->v, room, sizeof(*v));

		if (!v) {
			w->failed = true;
			return;
		}
		set->v = v;
		set->room = room;
	}
	set->v[set->count++] = *l;
}

static struct hit *hit_add(struct walk *w)
{
	if (w->hit_count == w->hit_room) {
		size_t room = w->hit_room ? w->hit_room * 2 : 64;
		struct hit *v = reallocarray(w->hits, room, sizeof(*v));

		if (!v) {
			w->failed = true;
			return NULL;
		}
		w->hits = v;
		w->hit_room = room;
	}
	return &w->hits[w->hit_count++];
}

/* --- what a row waits for ---- */

static const struct tok *row_token(const struct cmd *row, unsigned i)
{
	return i < CMD_TOKENS && row->tokens[i].kind != TOK_END ? &row->tokens[i] : NULL;
}

/* Where the row is in the graph that is its i-th token. */
static const struct cmd_node *node_at(const struct live *l, unsigned i)
{
	return &row_token(l->row, i)->graph[i == l->tok ? l->node : 0];
}

size_t live_wants(const struct live *l, struct want out[WANTS])
{
	const struct tok *t;
	size_t n = 0;

	if (l->opt) {
		out[n++] =
			(struct want){ .tok = l->second ? l->opt->second : l->opt->value, .opt = l->opt, .at = l->tok };
		return n;
	}
	for (unsigned i = l->tok; (t = row_token(l->row, i)) && n < WANTS; i++) {
		if (t->kind == TOK_GRAPH) {
			const struct cmd_node *node = node_at(l, i);

			for (size_t e = 0; e < node->count && n < WANTS; e++)
				out[n++] =
					(struct want){ .tok = &node->edges[e].tok, .at = i, .edge = &node->edges[e] };
			if (!node->end)
				break;
			continue;
		}
		if (t->kind != TOK_OPTS) {
			out[n++] = (struct want){ .tok = t, .at = i };
			break;
		}
		/* none of the options need be there: what follows them may come at once */
		for (unsigned o = 0; o < 32 && t->opts[o].keyword && n < WANTS - 1; o++)
			if (i != l->tok || !(l->used & 1u << o))
				out[n++] = (struct want){ .opt = &t->opts[o], .at = i };
	}
	return n;
}

bool live_complete(const struct live *l)
{
	const struct tok *t;

	if (l->opt || l->type)
		return false;
	for (unsigned i = l->tok; (t = row_token(l->row, i)); i++)
		if (t->kind == TOK_GRAPH ? !node_at(l, i)->end : t->kind != TOK_OPTS)
			return false;
	return true;
}

/* `no ip address`: the arguments may be left out once the keywords are there. */
bool live_complete_short(const struct live *l)
{
	const struct tok *t;

	if (l->negation == PLAIN || !(l->row->flags & CMD_NO_SHORT) || l->opt || l->type)
		return false;
	for (unsigned i = l->tok; (t = row_token(l->row, i)); i++)
		if (t->kind == TOK_KW)
			return false;
	return true;
}

/* Of the word to come, in lower case; 0: none comes. */
static int next_letter(const struct walk *w)
{
	size_t at = w->pos;

	while (at < w->end && blank(w->line[at]))
		at++;
	return at < w->end ? tolower((unsigned char)w->line[at]) : 0;
}

/* All rows that may begin here; with a word to come those alone that it could be the first of. */
static void start_rows(struct walk *w, struct live_set *set, enum negation negation)
{
	const int letter = next_letter(w);

	for (size_t t = 0; t < w->scope->table_count; t++) {
		const struct cmd_table *table = &w->scope->tables[t];

		for (size_t i = 0; i < table->count; i++) {
			const struct cmd *c = &table->cmds[i];

			if (c->mode != w->scope->mode || c->privilege > w->scope->privilege)
				continue;
			if (negation != PLAIN ? !(c->flags & (CMD_NO | CMD_DEFAULT)) : c->flags & CMD_ONLY_NO)
				continue;
			w->negates |= (c->flags & (CMD_NO | CMD_DEFAULT)) != 0;
			if (letter && c->tokens[0].kind == TOK_KW &&
			    tolower((unsigned char)c->tokens[0].name[0]) != letter)
				continue;
			live_add(w, set, &(struct live){ .row = c, .negation = negation });
		}
	}
}

bool walk_negates(const struct walk *w)
{
	return w->negates;
}

/* --- taking a word ---- */

static void take_binding(struct walk *w, struct live *l, const struct binding *b)
{
	struct binding *n = take(w, sizeof(*n));

	if (!n)
		return;
	*n = *b;
	n->at = w->word;
	n->before = l->last;
	l->last = n;
}

/* The live row after it took what `want` asked for. */
static struct live after(const struct live *l, const struct want *want)
{
	struct live n = *l;

	n.type = NULL;
	if (want->at != n.tok)
		n.used = n.node = 0;
	n.tok = want->at;
	if (want->edge) {
		n.node = want->edge->to;
	} else if (want->opt && !want->tok) {
		n.used |= 1u << (want->opt - row_token(l->row, want->at)->opts);
		n.opt = want->opt->value ? want->opt : NULL;
	} else if (want->opt) {
		n.second = !l->second && want->opt->second;
		if (!n.second)
			n.opt = NULL; /* stays at its TOK_OPTS: others may follow */
	} else {
		n.tok++;
		n.used = n.node = 0;
	}
	return n;
}

static void hit_keyword(struct walk *w, const struct live *l, const struct want *want, const char *keyword,
			const char *name, int64_t num, const char *word, size_t octets)
{
	enum word_class class = keyword_class(keyword, word, octets);
	struct hit *h;

	if (class == CLASS_NONE || !(h = hit_add(w)))
		return;
	*h = (struct hit){ after(l, want), class, keyword };
	take_binding(w, &h->live,
		     &(struct binding){
			     .names = { name, name && want->opt ? want->opt->name : NULL },
			     .keyword = name ? NULL : keyword,
			     .spelled = keyword,
			     .num = num,
		     });
}

/* EXEC makes no interfaces: it knows those that are there. */
static bool unknown_to_exec(const struct walk *w, const struct word_fit *fit)
{
	return w->scope->mode == MODE_EXEC && w->scope->router && fit->class != CLASS_NONE && !fit->half &&
	       !router_if_exists(w->scope->router, fit->text);
}

static void hit_parameter(struct walk *w, const struct live *l, const struct want *want, size_t start, size_t octets,
			  size_t *wrong)
{
	const char *word = w->line + start;
	struct binding b = { .names = { want->tok->name, want->opt ? want->opt->name : NULL } };
	struct word_fit fit;
	struct hit *h;

	if (want->tok->kind == TOK_IFRANGE) {
		octets = w->end - start;
		while (octets && strchr(" \t", word[octets - 1]))
			octets--;
	}
	word_fits(want->tok, word, octets, l->type, w->scope->router, &fit);
	if (want->tok->kind == TOK_IFNAME && unknown_to_exec(w, &fit))
		fit.class = CLASS_NONE;
	if (fit.class == CLASS_NONE) {
		if (fit.wrong > *wrong)
			*wrong = fit.wrong;
		return;
	}
	if (!(h = hit_add(w)))
		return;
	*h = (struct hit){ .live = *l, .class = fit.class };
	if (fit.half) {
		h->live.tok = want->at; /* stays there for the number */
		h->live.type = fit.spelled;
		return;
	}
	h->live = after(l, want);
	if (fit.class == CLASS_LINE)
		while (start + octets < w->end)
			octets++;
	while (fit.class == CLASS_LINE && strchr(" \t", word[octets - 1]))
		octets--;
	b.num = fit.num;
	b.spelled = fit.spelled ? keep_text(w, fit.spelled, strlen(fit.spelled)) : keep_text(w, word, octets);
	take_binding(w, &h->live, &b);
}

static void hit_live(struct walk *w, const struct live *l, size_t start, size_t octets, size_t *wrong)
{
	const char *word = w->line + start;
	struct want wants[WANTS];
	size_t n = live_wants(l, wants);

	for (size_t i = 0; i < n; i++) {
		const struct tok *t = wants[i].tok;

		if (!t)
			hit_keyword(w, l, &wants[i], wants[i].opt->keyword,
				    wants[i].opt->value ? NULL : wants[i].opt->name, 0, word, octets);
		else if (t->kind == TOK_KW)
			hit_keyword(w, l, &wants[i], t->name, NULL, 0, word, octets);
		else if (t->kind == TOK_PICK)
			for (const struct cmd_choice *c = t->choices; c->keyword; c++)
				hit_keyword(w, l, &wants[i], c->keyword, t->name, c->value, word, octets);
		else
			hit_parameter(w, l, &wants[i], start, octets, wrong);
	}
}

/* IOS's own aliases of EXEC, whether or not their commands are here: `w` must not become `write`, nor `r` `reload`. */
static const char *alias_of(const struct walk *w, const char *word, size_t octets)
{
	if (w->scope->mode != MODE_EXEC)
		return NULL;
	for (const struct cmd_choice *a = alias_own; a->keyword; a++)
		if (keyword_class(a->keyword, word, octets) == CLASS_EXACT)
			return a->help;
	return NULL;
}

static void hit_negations(struct walk *w, const char *word, size_t octets)
{
	static const char *const words[] = { [NEGATED] = "no", [DEFAULTED] = "default" };

	for (unsigned n = NEGATED; n <= DEFAULTED; n++) {
		enum word_class class = keyword_class(words[n], word, octets);
		struct hit *h;

		if (class == CLASS_NONE || (n == DEFAULTED && w->scope->mode == MODE_EXEC) || !(h = hit_add(w)))
			continue;
		*h = (struct hit){ .live = { .negation = (enum negation)n }, .class = class, .keyword = words[n] };
	}
}

/* Do the best hits name different keywords? Hidden commands make nothing ambiguous. */
static bool ambiguous(const struct walk *w, enum word_class best, bool *hidden)
{
	const char *keyword = NULL, *of_hidden = NULL;

	*hidden = false;
	if (best != CLASS_PREFIX)
		return false;
	for (size_t i = 0; i < w->hit_count; i++) {
		const struct hit *h = &w->hits[i];
		const char **seen = h->live.row && (h->live.row->flags & CMD_HIDDEN) ? &of_hidden : &keyword;

		if (h->class != best)
			continue;
		if (*seen && strcasecmp(*seen, h->keyword) != 0 && seen == &keyword)
			return true;
		*seen = h->keyword;
	}
	*hidden = keyword && of_hidden && strcasecmp(keyword, of_hidden) != 0;
	return false;
}

/* Takes the word line[start, start + octets). *wrong: offset in it of the first character that cannot stand there. */
static enum cmd_status walk_word(struct walk *w, size_t start, size_t octets, size_t *wrong)
{
	const char *word = w->line + start, *alias;
	enum word_class best = CLASS_NONE;
	struct live_set next = { 0 };
	bool drop_hidden;

	*wrong = 0;
	w->word = start;
	w->hit_count = 0;
	if (w->first && (alias = alias_of(w, word, octets))) {
		size_t n = strlen(alias);

		for (size_t i = 0; i < w->live.count; i++)
			if (w->live.v[i].row->tokens[0].kind == TOK_KW)
				hit_keyword(w, &w->live.v[i], &(struct want){ .tok = &w->live.v[i].row->tokens[0] },
					    w->live.v[i].row->tokens[0].name, NULL, 0, alias, n);
	} else {
		for (size_t i = 0; i < w->live.count; i++)
			hit_live(w, &w->live.v[i], start, octets, wrong);
		if (w->first && walk_negates(w))
			hit_negations(w, word, octets);
	}
	for (size_t i = 0; i < w->hit_count; i++)
		if (w->hits[i].class > best)
			best = w->hits[i].class;
	if (best == CLASS_NONE)
		return CMD_INVALID;
	if (ambiguous(w, best, &drop_hidden))
		return CMD_AMBIGUOUS;
	for (size_t i = 0; i < w->hit_count; i++) {
		const struct hit *h = &w->hits[i];

		if (h->class != best)
			continue;
		if (!h->live.row)
			start_rows(w, &next, h->live.negation);
		else if (!drop_hidden || !(h->live.row->flags & CMD_HIDDEN))
			live_add(w, &next, &h->live);
	}
	free(w->live.v);
	w->live = next;
	w->first = false;
	w->pos = best == CLASS_LINE ? w->end : start + octets;
	return CMD_PARSED;
}

enum cmd_status walk_line(struct walk *w, size_t *at, bool *first_word)
{
	*first_word = true;
	while (true) {
		enum cmd_status status;
		size_t start, wrong;

		while (w->pos < w->end && blank(w->line[w->pos]))
			w->pos++;
		start = w->pos;
		while (w->pos < w->end && !blank(w->line[w->pos]))
			w->pos++;
		if (w->pos == start)
			return CMD_PARSED;
		status = walk_word(w, start, w->pos - start, &wrong);
		if (status != CMD_PARSED) {
			*at = start + wrong;
			return status;
		}
		*first_word = false;
	}
}

void walk_begin(struct walk *w, const struct cmd_scope *scope, const char *line, size_t start, size_t end)
{
	*w = (struct walk){ .scope = scope, .line = line, .pos = start, .end = end, .first = true };
	start_rows(w, &w->live, PLAIN);
}

void walk_end(struct walk *w)
{
	free(w->live.v);
	free(w->hits);
	walk_free_blocks(w->blocks);
}
