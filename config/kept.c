/* Lists of kept lines: in order, and found by text. A list is searched line by line until it has many. */
#include "config/free.h"
#include "config/model.h"

#include <stdlib.h>
#include <string.h>

#define KEPT_HASHED 32

void config_kept_init(struct kept_list *list)
{
	*list = (struct kept_list){ 0 };
	TAILQ_INIT(list);
}

/* Without memory for the table the list has none, and is searched. */
static void hash_line(struct kept_list *list, struct kept_line *k)
{
	HASH_ADD_KEYPTR(hh, list->texts, k->text, strlen(k->text), k);
	if (!hash_has(&k->hh))
		HASH_CLEAR(hh, list->texts);
}

static void hash_lines(struct kept_list *list)
{
	struct kept_line *k;

	TAILQ_FOREACH (k, list, link) {
		hash_line(list, k);
		if (!list->texts)
			return;
	}
}

/* A kept line may hold a secret (username, enable, password). */
static void kept_free(struct kept_line *k)
{
	config_kept_clear(&k->children);
	free_wiped(k->text, strlen(k->text));
	free(k);
}

struct kept_line *config_kept_add(struct kept_list *list, const char *text, unsigned line, bool harmless, int rank)
{
	struct kept_line *k = calloc(1, sizeof(*k));

	if (!k || !(k->text = strdup(text))) {
		free(k);
		return NULL;
	}
	k->line = line;
	k->harmless = harmless;
	k->rank = rank;
	config_kept_init(&k->children);
	TAILQ_INSERT_TAIL(list, k, link);
	list->count++;
	if (list->texts)
		hash_line(list, k);
	else if (list->count % KEPT_HASHED == 0)
		hash_lines(list);
	return k;
}

struct kept_line *config_kept_find(const struct kept_list *list, const char *text)
{
	struct kept_line *k;

	if (list->texts) {
		HASH_FIND_STR(list->texts, text, k);
		return k;
	}
	TAILQ_FOREACH (k, list, link)
		if (!strcmp(k->text, text))
			return k;
	return NULL;
}

static void take_out(struct kept_list *list, struct kept_line *k)
{
	TAILQ_REMOVE(list, k, link);
	if (list->texts)
		HASH_DELETE(hh, list->texts, k);
	list->count--;
	kept_free(k);
}

bool config_kept_remove(struct kept_list *list, const char *text)
{
	struct kept_line *k = config_kept_find(list, text);

	if (!k)
		return false;
	take_out(list, k);
	return true;
}

void config_kept_clear(struct kept_list *list)
{
	struct kept_line *k;

	HASH_CLEAR(hh, list->texts);
	while ((k = TAILQ_FIRST(list))) {
		TAILQ_REMOVE(list, k, link);
		kept_free(k);
	}
	list->count = 0;
}

bool config_kept_copy(struct kept_list *to, const struct kept_list *from)
{
	const struct kept_line *k;
	struct kept_line *copy;

	TAILQ_FOREACH (k, from, link) {
		copy = config_kept_add(to, k->text, k->line, k->harmless, k->rank);
		if (!copy || !config_kept_copy(&copy->children, &k->children))
			return false;
	}
	return true;
}
