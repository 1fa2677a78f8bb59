/*
 * Lines that are kept: where they belong, which of them matter, how one goes away.
 */
#ifndef SHELL_KEPT_H
#define SHELL_KEPT_H

#include "shell/session.h"

/* The list of the section that the session configures. NULL when its mode has none. */
struct kept_list *kept_list_of(struct session *s);
/* For config_kept_add: `harmless` lines at the place of their row, others at the place IOS gives such a line. */
int kept_rank(enum cmd_mode mode, const char *text);
int kept_rank_harmless(enum cmd_mode mode, const char *text); /* 0: no such line */
/* Does the line restrict traffic or access? What it says is not enforced. */
bool kept_restricts(const char *text);
/* Does IOS enter a mode of its own with this line? */
bool kept_opens_section(const char *text);
/*
 * `no X` where X stands in the section's kept list (or `no X` itself does): takes it out. False: it is not there.
 * The shell asks this before it rejects a typed line.
 */
bool kept_no(struct session *s, const char *line);

#endif
