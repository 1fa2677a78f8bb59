/* `archive`, `log config`: which line of configuration was typed, by whom. */
#include "config/free.h"
#include "shell/cfglog.h"
#include "shell/session_int.h"

#include <string.h>

/* The secret of a command, however its keywords were abbreviated. */
static const char *secret_of(const struct cmd_match *m)
{
	static const char *const names[] = { "clear", "encoded", "key" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (cmd_has(m, names[i]) && cmd_text(m, names[i]))
			return cmd_text(m, names[i]);
	return NULL;
}

void session_note_typed(struct session *s, const struct cmd_match *m, const char *line, size_t octets)
{
	bool taken = session_lock(s);
	enum cmd_mode mode = cmd_of(m)->mode;
	const struct archive_config *a = &s->shell->config->system.archive;
	bool enabled = a->log_enable, hide = a->log_hidekeys, notify = a->log_notify_syslog;
	unsigned size = a->log_size ? a->log_size : CFGLOG_SIZE_DEFAULT;
	const char *user = s->user[0] ? s->user : s->line_name;
	size_t start = strspn(line, " \t");
	char *typed, *hidden;

	session_unlock(s, taken);
	if (!enabled || !s->shell->cfglog || s->kind == SESSION_LOADER ||
	    !(typed = strndup(line + start, octets - start)))
		return;
	if (!s->number)
		s->number = cfglog_new_session(s->shell->cfglog);
	hidden = hide ? cfglog_hide(typed, secret_of(m)) : NULL;
	if (hidden || !hide)
		cfglog_add(s->shell->cfglog, size, s->number, user, s->line_name,
			   mode == MODE_CONFIG        ? 0
			   : mode == MODE_ARCHIVE_LOG ? 2
						      : 1,
			   hidden ? hidden : typed);
	if (notify && (hidden || !hide))
		log_syslog(s->shell->log, LOG_SEV_NOTIFICATIONS, "PARSER", "CFGLOG_LOGGEDCMD",
			   "User:%s  logged command:%s", user, hidden ? hidden : typed);
	free_line(hidden);
	free_line(typed);
}
