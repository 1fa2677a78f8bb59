/* Lines of the running-config that are kept as they are. */
#ifndef CONFIG_KEPT_H
#define CONFIG_KEPT_H

#include "base/hash.h"

#include <stdbool.h>
#include <sys/queue.h>

/*
 * A line that this router keeps but does nothing with: a harmless 15.x line, or one from a startup-config that is not
 * implemented. `text` has no leading blanks. Lines below it (a sub-mode of its own) are its children.
 */
struct kept_line;
struct kept_list {
	struct kept_line *tqh_first, **tqh_last; /* as TAILQ_HEAD has them */
	unsigned count;
	struct kept_line *texts; /* hash table of them; NULL while they are few */
};

struct kept_line {
	TAILQ_ENTRY(kept_line) link;
	UT_hash_handle hh;
	char *text;
	unsigned line; /* in the startup-config, 0 when typed */
	bool harmless; /* of the list that is accepted silently */
	int rank;      /* where the writer puts it among the global sections (shell/modes.c) */
	struct kept_list children;
};

void config_kept_init(struct kept_list *list); /* empty */
bool config_kept_copy(struct kept_list *to, const struct kept_list *from);
/* Appends; several of the same text may stand in a list. */
struct kept_line *config_kept_add(struct kept_list *list, const char *text, unsigned line, bool harmless, int rank);
struct kept_line *config_kept_find(const struct kept_list *list, const char *text);
bool config_kept_remove(struct kept_list *list, const char *text);
void config_kept_clear(struct kept_list *list);

#endif
