/*
 * What stands between a connection and its first prompt: banners, name and password. The dialogs' words are IOS's, which
 * differ with what is asked: a line's password, users, AAA's lists.
 */
#include "shell/aaa_int.h"

#include "base/wipe.h"
#include "shell/password.h"
#include "shell/session_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRIES       3
#define ANSWER_MS   30000
#define TELNET_PORT 23

struct login {
	struct session *session;
	struct shell *shell;
	enum line_kind kind;
	unsigned number;
	struct aaa_line line;
	char user[ACCESS_NAME_SIZE];
	char password[PASSWORD_CLEAR_SIZE];
};

static void say(struct login *l, const char *text)
{
	session_write(l->session, text, strlen(text));
}

/* --- banners ---- */

struct token {
	const char *name, *value;
};

/* Appends to *text, which is the caller's to free; NULL: out of memory. */
static void append(char **text, size_t *octets, const char *more, size_t count)
{
	char *all = *text ? realloc(*text, *octets + count + 1) : NULL;

	if (!all)
		free(*text);
	*text = all;
	if (!all)
		return;
	memcpy(all + *octets, more, count);
	*octets += count;
	all[*octets] = '\0';
}

/* "$(hostname)" and the like; what is none of them stays as it is. */
static char *replace_tokens(const char *text, const struct token *tokens)
{
	char *made = calloc(1, 1);
	size_t octets = 0;

	while (*text && made) {
		size_t plain = strcspn(text, "$");
		const struct token *t;

		append(&made, &octets, text, plain);
		text += plain;
		if (!*text || !made)
			break;
		for (t = tokens; t->name; t++)
			if (!strncmp(text, t->name, strlen(t->name)))
				break;
		append(&made, &octets, t->name ? t->value : text, t->name ? strlen(t->value) : 1);
		text += t->name ? strlen(t->name) : 1;
	}
	return made;
}

char *login_banner(struct shell *sh, enum banner which, enum line_kind kind, unsigned number)
{
	const struct config *c = sh->config;
	char line[16], *text = NULL;

	snprintf(line, sizeof(line), "%u", kind == LINE_VTY ? 2 + number : (unsigned)kind);
	shell_lock(sh);
	if (c->access.banners[which]) {
		const struct token tokens[] = {
			{ "$(hostname)", c->hostname }, { "$(domain)", c->domain_name }, { "$(line)", line }, { 0 }
		};

		text = replace_tokens(c->access.banners[which], tokens);
	}
	shell_unlock(sh);
	return text;
}

static void show_banner(struct login *l, enum banner which)
{
	char *text = login_banner(l->shell, which, l->kind, l->number);

	if (!text)
		return;
	say(l, "\r\n");
	for (const char *p = text, *nl;; p = nl + 1) {
		nl = strchr(p, '\n');
		session_write(l->session, p, nl ? (size_t)(nl - p) : strlen(p));
		say(l, "\r\n");
		if (!nl)
			break;
	}
	free(text);
}

/* --- questions ---- */

static bool ask(struct login *l, const char *what, bool secret, char *answer, size_t size)
{
	char prompt[32];
	bool expired;

	snprintf(prompt, sizeof(prompt), "%s: ", what);
	if (session_ask_within(l->session, prompt, secret, answer, size, ANSWER_MS, &expired))
		return true;
	if (expired) {
		snprintf(prompt, sizeof(prompt), "%% %s:  timeout expired!\r\n", what);
		say(l, prompt);
	}
	return false;
}

static bool ask_password(struct login *l)
{
	return ask(l, "Password", true, l->password, sizeof(l->password));
}

/* What was given is checked, counted and forgotten. */
static enum aaa_verdict check(struct login *l)
{
	const char *user = l->line.asks == AAA_ASKS_USER ? l->user : NULL;
	const struct ip_addr *from = session_from(l->session);
	enum aaa_verdict verdict;
	unsigned privilege;

	verdict = aaa_password(l->shell, l->kind, l->number, user, l->password, &privilege);
	wipe(l->password, sizeof(l->password));
	aaa_note(l->shell, verdict == AAA_GRANTED, user, from, from->family ? TELNET_PORT : 0);
	if (verdict == AAA_GRANTED) {
		session_set_privilege(l->session, privilege);
		session_set_user(l->session, user ? user : "");
	}
	return verdict;
}

static void say_wrong(struct login *l)
{
	if (l->line.by_lists)
		say(l, "\r\n% Authentication failed\r\n\r\n");
	else if (l->line.asks == AAA_ASKS_USER)
		say(l, "% Login invalid\r\n\r\n");
}

static bool needs_no_password(struct login *l)
{
	bool taken = session_lock(l->session), yes;

	yes = aaa_needs_no_password(l->shell->config, l->user);
	session_unlock(l->session, taken);
	return yes;
}

static bool run_dialog(struct login *l)
{
	for (unsigned n = 0; n < TRIES; n++) {
		enum aaa_verdict verdict;

		if (l->line.asks == AAA_ASKS_USER && !ask(l, "Username", false, l->user, sizeof(l->user)))
			return false;
		if (l->line.asks == AAA_ASKS_USER && !l->user[0])
			continue;
		l->password[0] = '\0';
		if (!(l->line.asks == AAA_ASKS_USER && needs_no_password(l)) && !ask_password(l))
			return false;
		verdict = check(l);
		if (verdict == AAA_GRANTED)
			return true;
		say_wrong(l);
		if (aaa_blocked(l->shell, session_from(l->session)))
			return false;
	}
	if (l->line.asks == AAA_ASKS_PASSWORD && !l->line.by_lists)
		say(l, "% Bad passwords\r\n");
	return false;
}

/* A console whose password is not set lets in; from elsewhere nobody comes that way. */
static bool authenticate(struct login *l)
{
	bool password_missing = !l->line.by_lists && l->line.asks == AAA_ASKS_PASSWORD && l->line.no_line_password;

	if (l->line.asks == AAA_ASKS_NOTHING || (password_missing && l->kind != LINE_VTY))
		return true;
	show_banner(l, BANNER_LOGIN);
	if (password_missing) {
		say(l, "\r\n\r\nPassword required, but none set\r\n");
		return false;
	}
	say(l, "\r\nUser Access Verification\r\n\r\n");
	return run_dialog(l);
}

bool login_run(struct session *s, bool authenticated)
{
	struct login l = { .session = s, .shell = session_shell(s), .kind = LINE_CON };
	bool taken, entered, local;

	if (session_kind(s) == SESSION_VTY) {
		l.kind = LINE_VTY;
		sscanf(session_line_name(s), "vty%u", &l.number);
	}
	if (!l.shell->config)
		return true;
	/* on the local socket the kernel says who it is: the router's own user, or root */
	local = l.kind == LINE_VTY && !session_from(s)->family;
	taken = session_lock(s);
	aaa_line(l.shell->config, l.kind, l.number, &l.line);
	session_unlock(s, taken);
	if (!authenticated)
		show_banner(&l, BANNER_MOTD);
	entered = authenticated || local || authenticate(&l);
	if (entered)
		show_banner(&l, BANNER_EXEC);
	wipe(&l, sizeof(l));
	return entered;
}
