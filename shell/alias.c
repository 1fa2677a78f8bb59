#include "shell/alias.h"

#include <string.h>
#include <strings.h>

const struct cmd_choice alias_own[] = {
	{ "h", "help", 0 },     { "lo", "logout", 0 }, { "p", "ping", 0 },
	{ "r", "resume", 0 },   { "s", "show", 0 },    { "u", "undebug", 0 },
	{ "un", "undebug", 0 }, { "w", "where", 0 },   { 0 },
};

const struct cmd_choice alias_modes[] = {
	{ "configure", "Global configuration mode", MODE_CONFIG },
	{ "exec", "Exec mode", MODE_EXEC },
	{ "interface", "Interface configuration mode", MODE_IF },
	{ "line", "Line configuration mode", MODE_LINE },
	{ 0 },
};

const struct alias *alias_find(const struct config *c, enum cmd_mode mode, const char *name, size_t octets)
{
	const char *word = cmd_keyword(alias_modes, (int)mode);
	const struct alias *a;

	TAILQ_FOREACH (a, &c->system.aliases, link)
		if (!strcmp(a->mode, word) && strlen(a->name) == octets && !memcmp(a->name, name, octets))
			return a;
	return NULL;
}

void alias_each(const struct config *c, enum cmd_mode mode, const char *word, size_t octets,
		void (*fn)(void *ctx, const char *name, const char *line), void *ctx)
{
	const char *of = cmd_keyword(alias_modes, (int)mode);
	const struct alias *a;

	for (const struct cmd_choice *own = alias_own; mode == MODE_EXEC && own->keyword; own++)
		if (!strncasecmp(own->keyword, word, octets) &&
		    !alias_find(c, mode, own->keyword, strlen(own->keyword)))
			fn(ctx, own->keyword, own->help);
	TAILQ_FOREACH (a, &c->system.aliases, link)
		if (!strcmp(a->mode, of) && !strncmp(a->name, word, octets))
			fn(ctx, a->name, a->line);
}
