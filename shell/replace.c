#include "shell/replace.h"

#include "base/wipe.h"
#include "shell/running.h"
#include "shell/secret.h"

#include <stdlib.h>
#include <string.h>

/* The lines of a text without the blanks before them, sorted. */
struct line_set {
	char *copy, **lines;
	size_t octets, count;
};

struct build {
	struct shell shell; /* of the new model alone */
	loader_report_fn report;
	void *ctx;
	struct line_set old; /* the running-config in force */
	bool rejected;
};

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool read_lines(struct line_set *l, const char *text, size_t octets)
{
	size_t room = 1;
	char *save, *line;

	for (size_t i = 0; i < octets; i++)
		room += text[i] == '\n';
	l->octets = octets;
	l->copy = strdup(text);
	l->lines = calloc(room, sizeof(*l->lines));
	if (!l->copy || !l->lines)
		return false;
	for (line = strtok_r(l->copy, "\n", &save); line && l->count < room; line = strtok_r(NULL, "\n", &save))
		l->lines[l->count++] = line + strspn(line, " ");
	qsort(l->lines, l->count, sizeof(*l->lines), compare_lines);
	return true;
}

static void free_lines(struct line_set *l)
{
	if (l->copy)
		wipe(l->copy, l->octets);
	free(l->copy);
	free(l->lines);
}

static bool has_line(const struct line_set *l, const char *line)
{
	return bsearch(&line, l->lines, l->count, sizeof(*l->lines), compare_lines);
}

static void take_report(void *ctx, const struct loader_report *r)
{
	struct build *b = ctx;

	if (r->verdict == LOADER_REJECTED)
		b->rejected = true;
	else if (has_line(&b->old, r->text))
		return;
	if (b->report)
		b->report(b->ctx, r);
}

/* Ports are there whether the text names them or not; master key and register are no part of a text. */
static bool prepare(struct shell *sh, struct config *new)
{
	const struct interface *i;
	bool ok = true;

	shell_lock(sh);
	memcpy(new->master_key, sh->config->master_key, sizeof(new->master_key));
	new->system.config_register = sh->config->system.config_register;
	TAILQ_FOREACH (i, &sh->config->interfaces, link)
		if (!if_type_is_logical(i->type))
			ok &= config_interface_get(new, i->name) != NULL;
	shell_unlock(sh);
	return ok;
}

/* What counts the use of an entry goes on counting. */
static void carry_matches(const struct acl_list *from, struct config *to, bool ipv6)
{
	const struct acl *a;
	const struct acl_entry *e;

	TAILQ_FOREACH (a, from, link) {
		struct acl *same = config_acl_find(to, ipv6, a->name);

		if (!same)
			continue;
		TAILQ_FOREACH (e, &a->entries, link) {
			struct acl_entry *there = e->remark ? NULL : acl_same(same, e);

			if (there)
				there->class_matches = e->class_matches;
		}
	}
}

static void put_in_force(struct shell *sh, struct config *new)
{
	shell_lock(sh);
	carry_matches(&sh->config->acls, new, false);
	carry_matches(&sh->config->acls6, new, true);
	config_swap(sh->config, new);
	secrets_complain(sh);
	shell_changed(sh);
	shell_unlock(sh);
}

/* From `version` on: what stands above is a date. */
static const char *body(const char *text)
{
	const char *version = strstr(text, "\nversion ");

	return version ? version : text;
}

struct texts {
	char *old, *new;
	size_t old_octets, new_octets;
};

static enum replace_result
build_and_swap(struct shell *sh, struct build *b, struct texts *t, const char *text, size_t octets,
	       void (*before)(void *ctx, const char *old, size_t old_octets, const char *new, size_t new_octets))
{
	struct loader_counts counts;
	int rc;

	shell_lock(sh);
	rc = running_text(sh, &t->old, &t->old_octets);
	shell_unlock(sh);
	if (rc || !read_lines(&b->old, t->old, t->old_octets) || !prepare(sh, b->shell.config) ||
	    loader_load(&b->shell, text, octets, take_report, b, &counts) != 0)
		return REPLACE_NO_MEMORY;
	if (b->rejected)
		return REPLACE_REJECTED;
	if (running_text(&b->shell, &t->new, &t->new_octets))
		return REPLACE_NO_MEMORY;
	if (!strcmp(body(t->old), body(t->new)))
		return REPLACE_SAME;
	if (before)
		before(b->ctx, t->old, t->old_octets, t->new, t->new_octets);
	put_in_force(sh, b->shell.config);
	return REPLACE_DONE;
}

static void free_text(char *text, size_t octets)
{
	if (text)
		wipe(text, octets);
	free(text);
}

enum replace_result replace_running(struct shell *sh, const char *text, size_t octets, loader_report_fn report,
				    void (*before)(void *ctx, const char *old, size_t old_octets, const char *new,
						   size_t new_octets),
				    void *ctx)
{
	struct build b = { .report = report, .ctx = ctx };
	enum replace_result result = REPLACE_NO_MEMORY;
	struct texts t = { 0 };

	b.shell = (struct shell){
		.router = sh->router, /* knows the ports, and has the lock */
		.config = config_new(),
		.tables = sh->tables,
		.table_count = sh->table_count,
		.state_dir = sh->state_dir,
	};
	if (b.shell.config)
		result = build_and_swap(sh, &b, &t, text, octets, before);
	config_free(b.shell.config);
	free_lines(&b.old);
	free_text(t.old, t.old_octets);
	free_text(t.new, t.new_octets);
	return result;
}
