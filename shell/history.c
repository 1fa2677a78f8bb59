#include "shell/history.h"

#include "config/free.h"

#include <stdlib.h>
#include <string.h>

static void drop_to(struct history *h, size_t limit)
{
	size_t gone = h->count > limit ? h->count - limit : 0;

	for (size_t i = 0; i < gone; i++)
		free_line(h->lines[i]);
	memmove(h->lines, h->lines + gone, (h->count - gone) * sizeof(h->lines[0]));
	h->count -= gone;
}

void history_add(struct history *h, const char *line, size_t octets, size_t limit)
{
	const char *newest = h->count ? h->lines[h->count - 1] : NULL;
	char *copy;

	if (limit > HISTORY_MAX)
		limit = HISTORY_MAX;
	if (newest && strlen(newest) == octets && !memcmp(newest, line, octets)) {
		drop_to(h, limit);
		return;
	}
	drop_to(h, limit ? limit - 1 : 0);
	if (limit && (copy = strndup(line, octets)))
		h->lines[h->count++] = copy;
}

void history_clear(struct history *h)
{
	drop_to(h, 0);
}
