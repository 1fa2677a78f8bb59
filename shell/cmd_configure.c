/* configure: from where, and for one user alone. */
#include "shell/commands_show.h"
#include "shell/file.h"
#include "shell/session_int.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The startup-config into the running-config, as at boot. */
static enum cmd_result from_memory(struct session *s, const struct cmd_match *m)
{
	static const struct fs_url startup = { .system = FS_NVRAM, .path = "startup-config" };
	size_t octets;

	(void)m;
	return file_merge(s, &startup, &octets);
}

/* IOS's own answer, without the dialog that it still begins then. */
static enum cmd_result from_network(struct session *s, const struct cmd_match *m)
{
	(void)m;
	session_line(s, "This command has been replaced by the command:\n"
			"         'copy <url> system:/running-config'");
	return CMD_REJECTED;
}

static enum cmd_result ask(struct session *s, const struct cmd_match *m)
{
	static const struct {
		const char *word;
		cmd_handler handler;
	} sources[] = { { "terminal", NULL }, { "memory", from_memory }, { "network", from_network } };
	char from[32];

	if (!session_ask(s, "Configuring from terminal, memory, or network [terminal]? ", false, from, sizeof(from)))
		return CMD_REJECTED;
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		if (strncasecmp(sources[i].word, from, strlen(from)) == 0) {
			bool ok, taken;

			if (sources[i].handler)
				return sources[i].handler(s, m);
			taken = session_lock(s);
			ok = session_configure(s, false);
			session_unlock(s, taken);
			return ok ? CMD_OK : CMD_REJECTED;
		}
	session_line(s, "?Must be \"terminal\", \"memory\" or \"network\"");
	return CMD_REJECTED;
}

static enum cmd_result lock_terminal(struct session *s, const struct cmd_match *m)
{
	(void)m;
	return session_configure(s, true) ? CMD_OK : CMD_REJECTED;
}

#define CONFIGURE KW("configure", "Enter configuration mode")

static const struct cmd configure_cmds[] = {
	{ MODE_EXEC, 15, CMD_UNLOCKED, { CONFIGURE }, ask },
	{ MODE_EXEC, 15, CMD_UNLOCKED, { CONFIGURE, KW("memory", "Configure from NV memory") }, from_memory },
	{ MODE_EXEC,
	  15,
	  CMD_UNLOCKED,
	  { CONFIGURE, KW("network", "Configure from a TFTP network host") },
	  from_network },
	{ MODE_EXEC,
	  15,
	  0,
	  { CONFIGURE, KW("terminal", "Configure from the terminal"), KW("lock", "Lock configuration mode") },
	  lock_terminal },
};

const struct cmd_table cmd_configure_table = CMD_TABLE(configure_cmds);
