/*
 * IOS's line editor: the line on the screen, and the keys.
 *
 * The screen knows what stands behind the prompt and changes it with printable characters and backspaces alone, so it
 * is right on every terminal and the echo is what IOS sends. A line longer than the terminal scrolls by ten with `$`
 * where something is hidden. The keys of the console's readline end here too, so that it shows the same bytes.
 */
#ifndef SHELL_EDIT_H
#define SHELL_EDIT_H

#include "shell/history.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Of a line, with its NUL. IOS takes 254 characters; programs send longer ones.
 */
#define EDIT_SIZE 4097

struct screen {
	void *ctx;
	void (*write)(void *ctx, const char *bytes, size_t octets);
	unsigned width; /* 0: unlimited */
	bool plain;     /* `terminal no editing`: nothing but rubbing out */
	size_t prompt;  /* its length */
	size_t first;   /* the first character of the line that is shown */
	char shown[EDIT_SIZE];
	size_t octets, cursor; /* of what is shown */
};

/* A prompt was written: nothing stands behind it. */
void screen_begin(struct screen *s, size_t prompt_octets, unsigned width);
/* Makes the screen show the line with the cursor before text[point]. */
void screen_show(struct screen *s, const char *text, size_t octets, size_t point);

enum edit_event {
	EDIT_NONE,
	EDIT_LINE,   /* Return */
	EDIT_HELP,   /* ? */
	EDIT_TAB,    /* Tab */
	EDIT_REDRAW, /* Ctrl-R, Ctrl-L */
	EDIT_BREAK,  /* Ctrl-C */
	EDIT_END,    /* Ctrl-Z */
};

struct edit {
	struct screen *screen;
	char text[EDIT_SIZE]; /* NUL-terminated */
	size_t octets, point;
	char killed[EDIT_SIZE]; /* for Ctrl-Y */
	enum { KEYS_PLAIN, KEYS_ESCAPE, KEYS_BRACKET, KEYS_QUOTED, KEYS_SKIP } keys;
	bool after_cr; /* a line feed now belongs to the Return before */
	const struct history *history;
	size_t back; /* how far back in it: 0 is the line being typed */
	char draft[EDIT_SIZE];
};

/* An empty line; what Ctrl-Y gives stays. */
void edit_begin(struct edit *e, struct screen *s, const struct history *h);
enum edit_event edit_key(struct edit *e, unsigned char key);
/* Replaces the line, cursor behind it; the caller shows it. */
void edit_set(struct edit *e, const char *text);

#endif
