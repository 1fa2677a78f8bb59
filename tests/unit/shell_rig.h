/*
 * What the shell's tests share: a router that only counts, a session whose terminal is a buffer, and transcripts. A
 * transcript is written with '\n' for the CR LF that goes over the line.
 */
#ifndef TESTS_UNIT_SHELL_RIG_H
#define TESTS_UNIT_SHELL_RIG_H

#include "router/router.h"
#include "shell/session.h"
#include "tests/unit/unit.h"

struct rig {
	struct shell shell;
	struct session *session;
	char out[65536];
	size_t octets;
	const char *input; /* what the user types when asked; its end is the end of input */
};

/* The fake router: how often it was applied or lent, and whether the lock is held right now. */
struct router *rig_router_new(void);
void rig_router_free(struct router *r);
unsigned rig_router_applied(const struct router *r);
unsigned rig_router_lent(const struct router *r);
bool rig_router_locked(const struct router *r);

/* config may be NULL; a session of this kind on the buffer. */
void rig_open(struct rig *g, const struct cmd_table *tables, size_t count, enum session_kind kind);
/* The same with a running-config (hostname R2) and the fake router. */
void rig_open_router(struct rig *g, const struct cmd_table *tables, size_t count, enum session_kind kind);
void rig_close(struct rig *g);

/* Types a line as it looks on the screen: prompt, line, what it prints. */
enum session_verdict rig_type(struct rig *g, const char *line);
void rig_clear(struct rig *g);
/* Compares all that was printed since rig_clear(); prints both when they differ. */
bool rig_is(struct rig *g, const char *transcript);

#endif
