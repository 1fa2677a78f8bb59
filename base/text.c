#include "base/text.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct text {
	unsigned owners;
	char s[];
};

static const char empty[] = "";

/* What text_new gave is never const underneath. */
static struct text *counted(const char *text)
{
	return text && text != empty ? (struct text *)((uintptr_t)text - offsetof(struct text, s)) : NULL;
}

const char *text_new(const char *s)
{
	const size_t octets = strlen(s) + 1;
	struct text *t;

	if (octets == 1)
		return empty;
	t = malloc(sizeof(*t) + octets);
	if (!t)
		return NULL;
	t->owners = 1;
	memcpy(t->s, s, octets);
	return t->s;
}

const char *text_share(const char *text)
{
	struct text *t = counted(text);

	if (t)
		t->owners++;
	return text;
}

void text_drop(const char *text)
{
	struct text *t = counted(text);

	if (t && !--t->owners)
		free(t);
}
