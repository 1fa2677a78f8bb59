/*
 * Aliases: a first word that stands for the beginning of a line. IOS's own are of EXEC (walk.c takes them); the user's
 * are in the running-config (struct alias), by mode. A line that begins with a blank is taken without the user's.
 */
#ifndef SHELL_ALIAS_H
#define SHELL_ALIAS_H

#include "shell/cmd.h"

/* IOS's own, sorted; ends with keyword NULL, help is the command. */
extern const struct cmd_choice alias_own[];

/* IOS's words for the modes that may have aliases here, with what `show aliases` calls them; value is an enum cmd_mode. */
extern const struct cmd_choice alias_modes[];
/* The user's alias of this mode with exactly this name, or NULL. */
const struct alias *alias_find(const struct config *c, enum cmd_mode mode, const char *name, size_t octets);
/* Those of a mode whose name begins with word, IOS's own among them: for `?`. */
void alias_each(const struct config *c, enum cmd_mode mode, const char *word, size_t octets,
		void (*fn)(void *ctx, const char *name, const char *line), void *ctx);

#endif
