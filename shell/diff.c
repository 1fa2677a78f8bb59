#include "shell/diff.h"

#include "base/hash.h"
#include "base/wipe.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

struct node {
	STAILQ_ENTRY(node) link;
	UT_hash_handle hh;
	STAILQ_HEAD(, node) children;
	struct node *texts; /* hash table of the children; of several the same the first */
	unsigned indent;
	char *text;
	char *key; /* what is compared: the text itself, or in lower case */
};

#define DEPTH 8

struct tree {
	struct node root;
	struct node *open[DEPTH]; /* the path to the last line */
	unsigned depth;
	bool any_case, failed;
};

/* --- reading ---- */

static void node_free(struct node *n)
{
	if (n->key != n->text && n->key) {
		wipe(n->key, strlen(n->key));
		free(n->key);
	}
	wipe(n->text, strlen(n->text));
	free(n->text);
	free(n);
}

static char *lower(const char *text)
{
	char *key = strdup(text);

	for (char *p = key; p && *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return key;
}

static void node_free_children(struct node *n)
{
	struct node *c;

	HASH_CLEAR(hh, n->texts);
	while ((c = STAILQ_FIRST(&n->children))) {
		STAILQ_REMOVE_HEAD(&n->children, link);
		node_free_children(c);
		node_free(c);
	}
}

static bool is_noise(const char *text)
{
	static const char *const words[] = { "Building configuration", "Current configuration", "Using " };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strncmp(text, words[i], strlen(words[i])))
			return true;
	return !*text || *text == '!' || !strcmp(text, "end");
}

static void add_line(struct tree *t, const char *line, size_t octets)
{
	size_t indent = 0;
	struct node *parent, *n, *same;

	while (octets && strchr(" \t\r", line[octets - 1]))
		octets--;
	while (indent < octets && (line[indent] == ' ' || line[indent] == '\t'))
		indent++;
	n = calloc(1, sizeof(*n));
	if (!n || !(n->text = strndup(line + indent, octets - indent))) {
		free(n);
		t->failed = true;
		return;
	}
	STAILQ_INIT(&n->children);
	n->indent = (unsigned)indent;
	n->key = t->any_case ? lower(n->text) : n->text;
	t->failed |= !n->key;
	if (!n->key || is_noise(n->text)) {
		node_free(n);
		return;
	}
	while (t->depth && t->open[t->depth - 1]->indent >= n->indent)
		t->depth--;
	parent = t->depth ? t->open[t->depth - 1] : &t->root;
	STAILQ_INSERT_TAIL(&parent->children, n, link);
	HASH_FIND_STR(parent->texts, n->key, same);
	if (!same) {
		HASH_ADD_KEYPTR(hh, parent->texts, n->key, strlen(n->key), n);
		t->failed |= !hash_has(&n->hh);
	}
	if (t->depth < DEPTH)
		t->open[t->depth++] = n;
}

static void read_text(struct tree *t, const char *text, size_t octets, bool any_case)
{
	const char *end = text + octets, *nl;

	*t = (struct tree){ .any_case = any_case };
	STAILQ_INIT(&t->root.children);
	for (; text < end && !t->failed; text = nl + 1) {
		nl = memchr(text, '\n', (size_t)(end - text));
		nl = nl ? nl : end;
		add_line(t, text, (size_t)(nl - text));
	}
}

/* --- comparing ---- */

struct frame {
	struct frame *up;
	const struct node *section;
	unsigned depth;
	bool shown;
};

struct writer {
	enum diff_style style;
	void (*line)(void *ctx, const char *text);
	void *ctx;
	bool any, failed;
};

static void put(struct writer *w, unsigned depth, const char *before, const char *text)
{
	size_t room = depth + strlen(before) + strlen(text) + 1;
	char *whole = malloc(room);

	if (!whole) {
		w->failed = true;
		return;
	}
	snprintf(whole, room, "%*s%s%s", (int)depth, "", before, text);
	w->line(w->ctx, whole);
	wipe(whole, room);
	free(whole);
}

/* The sections in which what comes stands. */
static void show_frame(struct writer *w, struct frame *f)
{
	w->any = true;
	if (f->shown || !f->section)
		return;
	show_frame(w, f->up);
	put(w, f->up->depth, "", f->section->text);
	f->shown = true;
}

static void put_added(struct writer *w, const struct node *n, unsigned depth)
{
	const struct node *c;

	put(w, depth, w->style == DIFF_SIGNS ? "+" : "", n->text);
	STAILQ_FOREACH (c, &n->children, link)
		put_added(w, c, depth + 1);
}

static void put_removed(struct writer *w, const struct node *n, unsigned depth)
{
	const struct node *c;

	if (w->style == DIFF_COMMANDS) {
		bool negated = !strncmp(n->text, "no ", 3);

		put(w, depth, negated ? "" : "no ", negated ? n->text + 3 : n->text);
		return; /* a section goes as a whole */
	}
	put(w, depth, "-", n->text);
	STAILQ_FOREACH (c, &n->children, link)
		put_removed(w, c, depth + 1);
}

static struct node *find_same(const struct node *in, const struct node *n)
{
	struct node *same;

	HASH_FIND_STR(in->texts, n->key, same);
	return same;
}

static void compare_removed(struct writer *w, const struct node *first, const struct node *second, struct frame *f)
{
	const struct node *n;

	STAILQ_FOREACH (n, &first->children, link)
		if (!find_same(second, n)) {
			show_frame(w, f);
			put_removed(w, n, f->depth);
		}
}

static void compare(struct writer *w, const struct node *first, const struct node *second, struct frame *f)
{
	const struct node *n, *same;

	if (w->style == DIFF_COMMANDS)
		compare_removed(w, first, second, f);
	STAILQ_FOREACH (n, &second->children, link) {
		same = find_same(first, n);
		if (same) {
			struct frame below = { .up = f, .section = n, .depth = f->depth + 1 };

			compare(w, same, n, &below);
		} else {
			show_frame(w, f);
			put_added(w, n, f->depth);
		}
	}
	if (w->style == DIFF_SIGNS)
		compare_removed(w, first, second, f);
}

bool diff_texts(const char *first, size_t first_octets, const char *second, size_t second_octets, enum diff_style style,
		void (*line)(void *ctx, const char *text), void *ctx, bool *any)
{
	struct writer w = { .style = style, .line = line, .ctx = ctx };
	struct frame top = { 0 };
	struct tree a, b;

	read_text(&a, first, first_octets, style == DIFF_ADDED_ANY_CASE);
	read_text(&b, second, second_octets, style == DIFF_ADDED_ANY_CASE);
	w.failed = a.failed || b.failed;
	if (!w.failed)
		compare(&w, &a.root, &b.root, &top);
	node_free_children(&a.root);
	node_free_children(&b.root);
	*any = w.any;
	return !w.failed;
}
