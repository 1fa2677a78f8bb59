#include "shell/cfglog.h"

#include "base/wipe.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct cfglog {
	pthread_mutex_t lock;
	struct cfglog_entry entries[CFGLOG_SIZE_MAX]; /* number n stands at n % CFGLOG_SIZE_MAX */
	unsigned first, next;                         /* numbers */
	unsigned sessions;
};

struct cfglog *cfglog_new(void)
{
	struct cfglog *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	pthread_mutex_init(&l->lock, NULL);
	l->first = l->next = 1;
	return l;
}

static void drop_first(struct cfglog *l)
{
	struct cfglog_entry *e = &l->entries[l->first++ % CFGLOG_SIZE_MAX];

	wipe(e->text, strlen(e->text));
	free(e->text);
	e->text = NULL;
}

void cfglog_free(struct cfglog *l)
{
	if (!l)
		return;
	while (l->first < l->next)
		drop_first(l);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

void cfglog_add(struct cfglog *l, unsigned size, unsigned session, const char *user, const char *line, unsigned depth,
		const char *text)
{
	char *copy = strdup(text);
	struct cfglog_entry *e;

	if (!copy)
		return;
	size = size && size < CFGLOG_SIZE_MAX ? size : CFGLOG_SIZE_MAX;
	pthread_mutex_lock(&l->lock);
	while (l->next - l->first >= size)
		drop_first(l);
	e = &l->entries[l->next % CFGLOG_SIZE_MAX];
	*e = (struct cfglog_entry){ .number = l->next++, .session = session, .depth = depth, .text = copy };
	snprintf(e->user, sizeof(e->user), "%s", user);
	snprintf(e->line, sizeof(e->line), "%s", line);
	pthread_mutex_unlock(&l->lock);
}

unsigned cfglog_new_session(struct cfglog *l)
{
	unsigned n;

	pthread_mutex_lock(&l->lock);
	n = ++l->sessions;
	pthread_mutex_unlock(&l->lock);
	return n;
}

void cfglog_each(struct cfglog *l, unsigned first, unsigned last, void (*fn)(void *ctx, const struct cfglog_entry *e),
		 void *ctx)
{
	pthread_mutex_lock(&l->lock);
	for (unsigned n = first > l->first ? first : l->first; n < l->next && (!last || n <= last); n++)
		fn(ctx, &l->entries[n % CFGLOG_SIZE_MAX]);
	pthread_mutex_unlock(&l->lock);
}

/* Behind a word that a secret follows; NULL: there is none. */
static char *behind_word(char *text)
{
	static const char *const words[] = { "key", "secret", "password", "community", "key-string", "config-key" };

	for (char *p = text + strspn(text, " "); *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");

		for (size_t i = 0; p[n] && i < sizeof(words) / sizeof(words[0]); i++)
			if (strlen(words[i]) == n && !strncasecmp(p, words[i], n))
				return p + n + 1;
		p += n;
	}
	return NULL;
}

/* Where it stands for the last time. */
static char *last_of(char *text, const char *secret)
{
	char *last = NULL;

	for (char *p = text; *secret && (p = strstr(p, secret)); p++)
		last = p;
	return last;
}

char *cfglog_hide(const char *text, const char *secret)
{
	static const char stars[] = "*****";
	char *told = malloc(strlen(text) + sizeof(stars)), *at, *word;

	if (!told)
		return NULL;
	strcpy(told, text);
	at = secret ? last_of(told, secret) : NULL;
	word = behind_word(told);
	if (word && (!at || word < at))
		at = word;
	if (at) {
		wipe(at, strlen(at));
		strcpy(at, stars);
	}
	return told;
}
