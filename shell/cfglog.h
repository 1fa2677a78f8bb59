/* `archive`, `log config`: who typed which line of configuration. A ring; thread-safe. */
#ifndef SHELL_CFGLOG_H
#define SHELL_CFGLOG_H

#include <stdbool.h>
#include <stddef.h>

#define CFGLOG_SIZE_DEFAULT 100
#define CFGLOG_SIZE_MAX     1000

struct cfglog;

struct cfglog_entry {
	unsigned number, session; /* from 1 */
	char user[64], line[32];
	unsigned depth; /* of the mode: blanks before the text */
	char *text;
};

struct cfglog *cfglog_new(void);
void cfglog_free(struct cfglog *l);
/* size: how many are kept. session: a number of its own for each session. text is copied. */
void cfglog_add(struct cfglog *l, unsigned size, unsigned session, const char *user, const char *line, unsigned depth,
		const char *text);
/* A number for a session that types its first line. */
unsigned cfglog_new_session(struct cfglog *l);
/* Numbers first to last (0: to the end), oldest first. */
void cfglog_each(struct cfglog *l, unsigned first, unsigned last, void (*fn)(void *ctx, const struct cfglog_entry *e),
		 void *ctx);
/*
 * A line of configuration with what follows `password`, `secret`, `key` and their like replaced by stars, and what begins
 * with `secret`, wherever it stands (NULL: unknown). To be freed.
 */
char *cfglog_hide(const char *text, const char *secret);

#endif
