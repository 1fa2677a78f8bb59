/* banner: in one line, or in several that end with a character of the user's choice. */
#include "shell/commands.h"
#include "shell/running.h"
#include "shell/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_SIZE  1024
#define TEXT_MOST  16384
#define WRITTEN_AS "^C" /* how IOS prints the end, whatever was typed */

/* By enum banner. */
static const char *const kinds[BANNER_COUNT] = {
	[BANNER_MOTD] = "motd",
	[BANNER_LOGIN] = "login",
	[BANNER_EXEC] = "exec",
	[BANNER_INCOMING] = "incoming",
};

/* What a user typed so far. */
struct typed {
	char mark[3]; /* one character, or the two that stand for Ctrl-C in a configuration that is pasted */
	char *text;
	size_t octets;
	bool failed;
};

static void add(struct typed *t, const char *text, size_t octets)
{
	char *all = t->octets + octets < TEXT_MOST ? realloc(t->text, t->octets + octets + 1) : NULL;

	if (!all) {
		t->failed = true;
		return;
	}
	memcpy(all + t->octets, text, octets);
	t->text = all;
	t->octets += octets;
	all[t->octets] = '\0';
}

/* Up to the mark; what stands behind it is dropped, as on IOS. True: it was there. */
static bool add_line(struct typed *t, const char *line)
{
	const char *mark = strstr(line, t->mark);

	add(t, line, mark ? (size_t)(mark - line) : strlen(line));
	if (!mark)
		add(t, "\n", 1);
	return mark != NULL;
}

static bool read_text(struct session *s, const char *text, struct typed *t)
{
	char line[LINE_SIZE];
	bool more;

	snprintf(t->mark, sizeof(t->mark), "%.*s", strncmp(text, WRITTEN_AS, 2) ? 1 : 2, text);
	more = !add_line(t, text + strlen(t->mark));
	if (more)
		session_line(s, "Enter TEXT message.  End with the character '%s'.", t->mark);
	while (more) {
		if (!session_ask(s, "", false, line, sizeof(line)))
			return false;
		more = !add_line(t, line);
	}
	return true;
}

static enum cmd_result set_banner(struct session *s, const struct cmd_match *m)
{
	enum banner which = (enum banner)cmd_of(m)->arg;
	enum cmd_result result = CMD_REJECTED;
	struct typed t = { 0 };

	if (cmd_is_no(m)) {
		config_banner_set(&session_config(s)->access, which, NULL);
		return CMD_OK;
	}
	if (!read_text(s, cmd_text(m, "text"), &t))
		goto out;
	if (t.failed)
		session_line(s, "%% Banner is longer than %d characters", TEXT_MOST - 1);
	else if (t.text && strstr(t.text, WRITTEN_AS))
		session_line(s, "%% Banner must not contain %s", WRITTEN_AS);
	else if (!config_banner_set(&session_config(s)->access, which, t.text ? t.text : ""))
		session_line(s, "%% Not enough memory");
	else
		result = CMD_OK;
out:
	free(t.text);
	return result;
}

/* IOS's ^C, unless the text has it: a reader would take that for its end. */
void banner_mark(const char *text, char mark[3])
{
	static const char others[] = "#%~@$&|;/+=*!?_-.:,<>";

	strcpy(mark, WRITTEN_AS);
	for (const char *p = others; *p && strstr(text, mark); p++)
		snprintf(mark, 3, "%c", *p);
}

void write_banners(struct out *o, const struct config *c)
{
	static const enum banner order[] = { BANNER_EXEC, BANNER_INCOMING, BANNER_LOGIN, BANNER_MOTD };
	bool any = false;

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		const char *text = c->access.banners[order[i]];
		char mark[3];

		if (!text)
			continue;
		banner_mark(text, mark);
		out_line(o, "banner %s %s%s%s", kinds[order[i]], mark, text, mark);
		any = true;
	}
	if (any)
		out_bangs(o, 1);
}

#define ROW MODE_CONFIG, 15, CMD_NO | CMD_NO_SHORT
#define BAN KW("banner", "Define a login banner")
#define TXT LINE("text", "c banner-text c, where 'c' is a delimiting character")

static const struct cmd banner_cmds[] = {
	{ ROW, { BAN, KW("exec", "Set EXEC process creation banner"), TXT }, set_banner, BANNER_EXEC },
	{ ROW, { BAN, KW("incoming", "Set incoming terminal line banner"), TXT }, set_banner, BANNER_INCOMING },
	{ ROW, { BAN, KW("login", "Set login banner"), TXT }, set_banner, BANNER_LOGIN },
	{ ROW, { BAN, KW("motd", "Set Message of the Day banner"), TXT }, set_banner, BANNER_MOTD },
};

const struct cmd_table cmd_banner_table = CMD_TABLE(banner_cmds);
