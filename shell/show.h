/*
 * What the show commands share: a list that a walk under the control lock fills and a printer reads after it, and the
 * forms in which IOS prints times.
 *
 * A show command runs without the control lock (CMD_UNLOCKED): it takes the lock to copy what it needs and gives it
 * back before it prints, so that a terminal waiting at --More-- holds nobody up.
 */
#ifndef SHELL_SHOW_H
#define SHELL_SHOW_H

#include "shell/session.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* The router's lock; nothing when the session has no router. */
static inline void show_lock(struct session *s)
{
	if (session_router(s))
		router_lock(session_router(s));
}

static inline void show_unlock(struct session *s)
{
	if (session_router(s))
		router_unlock(session_router(s));
}

/* In a long walk through the running-config, lock held: see router_lend(). */
static inline void show_lend(struct session *s)
{
	if (session_router(s))
		router_lend(session_router(s));
}

static inline void show_blank(struct session *s)
{
	session_line(s, "%s", "");
}

/* Items of one size, in one block. Zeroed is empty: `struct show_list l = SHOW_LIST(struct x);` */
struct show_list {
	void *items;
	size_t count, room, octets; /* octets: of one item */
};
#define SHOW_LIST(type)                                                                                                \
	{                                                                                                              \
		.octets = sizeof(type)                                                                                 \
	}

/* A new zeroed item at the end, or NULL when out of memory: the list then stays as it was. */
void *show_list_add(struct show_list *l);
void show_list_sort(struct show_list *l, int (*compare)(const void *a, const void *b));
void show_list_free(struct show_list *l); /* wipes */

#define SHOW_TIME_SIZE 32

/* "00:27:42", "3d18h", "7w0d", "1y3w". Returns buf. */
const char *show_age(uint64_t seconds, char buf[SHOW_TIME_SIZE]);
/* "23:25:03", hours unbounded. Returns buf. */
const char *show_hms(uint64_t seconds, char buf[SHOW_TIME_SIZE]);

#endif
