/* The lines typed before, oldest first. */
#ifndef SHELL_HISTORY_H
#define SHELL_HISTORY_H

#include <stddef.h>

#define HISTORY_MAX 256

struct history {
	char *lines[HISTORY_MAX];
	size_t count;
};

/* Keeps the newest `limit` lines; a line equal to the newest is not kept twice. */
void history_add(struct history *h, const char *line, size_t octets, size_t limit);
void history_clear(struct history *h);

#endif
