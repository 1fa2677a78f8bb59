/* show crypto explain message: the page of a message that is named, or typed or pasted as it was printed. */
#include "explain/message.h"
#include "explain/near.h"
#include "explain/plain.h"
#include "shell/commands_show.h"
#include "shell/show.h"

#include <inttypes.h>
#include <string.h>

#define NEAR  5
#define WIDTH 80 /* where a terminal has none */

/* --- what was typed ---- */

struct span {
	const char *p;
	size_t octets;
};

/* Without blanks around it, and without quotation marks around all of it. */
static struct span trimmed(const char *text)
{
	struct span t = { text, strlen(text) };

	while (t.octets && *t.p == ' ') {
		t.p++;
		t.octets--;
	}
	while (t.octets && t.p[t.octets - 1] == ' ')
		t.octets--;
	if (t.octets >= 2 && (*t.p == '"' || *t.p == '\'') && t.p[t.octets - 1] == *t.p)
		t = (struct span){ t.p + 1, t.octets - 2 };
	return t;
}

static const struct message *named(const struct message_catalog *c, struct span t)
{
	char name[64];

	if (t.octets >= sizeof(name))
		return NULL;
	memcpy(name, t.p, t.octets);
	name[t.octets] = '\0';
	return message_by_name(c, name);
}

/* Time stamp, sequence number, host name: what stands before the message begins no message. */
static bool matched(const struct message_catalog *c, struct span t, struct message_match *out)
{
	for (size_t i = 0; i < t.octets; i++)
		if ((!i || t.p[i - 1] == ' ') && message_match(c, t.p + i, t.octets - i, out))
			return true;
	return false;
}

/* --- what is printed ---- */

static void print_row(void *ctx, const char *text)
{
	session_line(ctx, "%s", text);
}

/* The first form of a page, to the end of its first line. */
static struct span form_of(const struct message *m)
{
	const char *p = strstr(m->page, "\n    ");

	if (!p)
		return (struct span){ m->form, strcspn(m->form, "\n") };
	return (struct span){ p + 5, strcspn(p + 5, "\n") };
}

/* The name of the form's next value, NULL behind the last; the form goes on in lines that are indented. */
static const char *next_value(const char *form, size_t *octets)
{
	for (; *form; form++) {
		if (*form == '\n' && strncmp(form, "\n    ", 5))
			return NULL;
		if (*form == '<' && form[1 + strcspn(form + 1, ">\n")] == '>') {
			*octets = strcspn(form + 1, ">");
			return form + 1;
		}
	}
	return NULL;
}

/* What stood in the line, by the names that the page gives it; of another form than the page's the conn-id alone. */
static void print_values(struct session *s, const struct message_match *match)
{
	const struct message *m = match->message;
	const char *form = form_of(m).p, *name;
	bool cid = match->has_cid;
	unsigned i = 0;
	size_t octets;

	for (; (name = next_value(form, &octets)); form = name + octets) {
		if (cid && octets == 7 && !memcmp(name, "conn-id", 7)) {
			session_line(s, "    conn-id: %" PRIu32, match->cid);
			cid = false;
		} else if (i < match->count && match->form == m->form) {
			if (match->values[i].octets)
				session_line(s, "    %.*s: %.*s", (int)octets, name, (int)match->values[i].octets,
					     match->values[i].text);
			i++;
		}
	}
}

static void print_release(struct session *s, unsigned era)
{
	if (era == 123)
		session_line(s, "%s", "Its prefix is that of 12.3 and older releases.");
	else if (era == 156)
		session_line(s, "%s", "Its prefix is that of 15.6 and later releases.");
}

static void print_page(struct session *s, const struct message *m, const struct message_match *match)
{
	const unsigned width = session_terminal(s)->width;

	session_line(s, "Message %s", m->name);
	if (match) {
		print_values(s, match);
		print_release(s, match->era);
	}
	show_blank(s);
	if (m->page[0])
		page_plain(m->page, width ? width : WIDTH, print_row, s);
	else
		session_line(s, "Only other releases print it; this router has no page of it. Its form: %.*s",
			     (int)form_of(m).octets, form_of(m).p);
}

static void print_unknown(struct session *s, const struct message_catalog *c, struct span t)
{
	const struct message *near[NEAR];
	const size_t n = message_near(c, t.p, t.octets, near, NEAR);
	size_t count = 0;

	while (message_at(c, count))
		count++;
	session_line(s, "%% None of %zu messages is like \"%.*s\"", count, (int)t.octets, t.p);
	if (n)
		session_line(s, "%s", "These have words of it:");
	for (size_t i = 0; i < n; i++)
		session_line(s, "  %-20s %.*s", near[i]->name, (int)form_of(near[i]).octets, form_of(near[i]).p);
}

static enum cmd_result explain(struct session *s, const struct cmd_match *m)
{
	const struct span text = trimmed(cmd_text(m, "text"));
	struct message_catalog *c = message_catalog_new();
	enum cmd_result result = CMD_OK;
	struct message_match match;
	const struct message *message;

	if (!c) {
		session_line(s, "%s", "% Out of memory");
		return CMD_REJECTED;
	}
	if ((message = named(c, text))) {
		print_page(s, message, NULL);
	} else if (matched(c, text, &match)) {
		print_page(s, match.message, &match);
	} else {
		print_unknown(s, c, text);
		result = CMD_REJECTED;
	}
	message_catalog_free(c);
	return result;
}

static const struct cmd cmds[] = {
	{ .mode = MODE_EXEC,
	  .privilege = 1,
	  .flags = CMD_UNLOCKED,
	  .tokens = { KW("show", "Show running system information"), KW("crypto", "Encryption module"),
		      KW("explain", "Explain tunnels and their failures (mainmode)"),
		      KW("message", "What a debug or syslog message means"),
		      LINE("text", "A line as it was printed, or a message's name") },
	  .handler = explain },
};

const struct cmd_table cmd_explain_message_table = CMD_TABLE(cmds);
