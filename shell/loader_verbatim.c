/* Banners and certificates: lines up to a mark, taken as they are. */
#include "shell/kept.h"
#include "shell/loader_int.h"
#include "shell/running.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void banner_append(struct loader *l, const char *text, size_t octets)
{
	struct verbatim *v = &l->verbatim;

	if (v->room - v->octets <= octets) {
		size_t room = (v->room + octets) * 2 + 64;
		char *all = realloc(v->banner, room);

		if (!all) {
			l->failed = true;
			return;
		}
		v->banner = all;
		v->room = room;
	}
	memcpy(v->banner + v->octets, text, octets);
	v->octets += octets;
	v->banner[v->octets] = '\0';
}

/* Up to the mark; true when it was there. */
static bool banner_take(struct loader *l, const char *text)
{
	const char *mark = strstr(text, l->verbatim.mark);

	banner_append(l, text, mark ? (size_t)(mark - text) : strlen(text));
	if (mark)
		banner_append(l, "^C", 2);
	else
		banner_append(l, "\n", 1);
	return mark != NULL;
}

/* "banner KIND ^CTEXT^C" with another mark where TEXT holds that one. */
static void banner_remark(char *whole, size_t head)
{
	size_t end = strlen(whole) - 2;
	char mark[3];

	whole[end] = '\0';
	banner_mark(whole + head + 2, mark);
	if (!mark[1]) { /* one character: the mark before the text is the shorter for it */
		whole[head] = mark[0];
		memmove(whole + head + 1, whole + head + 2, end - head - 1);
		end--;
	}
	strcpy(whole + end, mark);
}

/* One banner of a kind: the new one replaces it. */
static void banner_keep(struct loader *l, const char *why)
{
	struct kept_list *list = &l->sh->config->kept;
	struct kept_line *k, *next;
	char *text = l->verbatim.banner;
	size_t head;

	l->verbatim.banner = NULL;
	l->verbatim.octets = l->verbatim.room = 0;
	if (!text)
		return;
	head = strcspn(text, "^");
	banner_remark(text, head);
	shell_lock(l->sh);
	for (k = TAILQ_FIRST(list); k; k = next) {
		next = TAILQ_NEXT(k, link);
		if (!strncmp(k->text, text, head))
			config_kept_remove(list, k->text);
	}
	l->failed |= !config_kept_add(list, text, l->verbatim.line, false, kept_rank(MODE_CONFIG, text));
	shell_unlock(l->sh);
	text[strcspn(text, "\n")] = '\0';
	loader_tell(l, LOADER_KEPT, l->verbatim.line, text, why);
	free(text);
}

/* Those that this router shows become part of the model. False: another kind. */
static bool banner_set(struct loader *l, const char *whole)
{
	static const struct {
		const char *head;
		enum banner which;
	} known[] = {
		{ "banner motd ^C", BANNER_MOTD }, { "banner login ^C", BANNER_LOGIN },
		{ "banner exec ^C", BANNER_EXEC }, { "banner incoming ^C", BANNER_INCOMING },
		{ "banner ^C", BANNER_MOTD },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t n = strlen(known[i].head);
		char *text;

		if (strncmp(whole, known[i].head, n) != 0)
			continue;
		text = strndup(whole + n, strlen(whole + n) - 2); /* without ^C at its end */
		shell_lock(l->sh);
		l->failed |= !text || !config_banner_set(&l->sh->config->access, known[i].which, text);
		shell_unlock(l->sh);
		free(text);
		return true;
	}
	return false;
}

/* The end of a banner was read, or the end of the text. */
static void banner_end(struct loader *l, bool complete)
{
	char *text = l->verbatim.banner;

	if (!text || !banner_set(l, text)) {
		banner_keep(l, complete ? "not implemented" : "its end is missing");
		return;
	}
	l->verbatim.banner = NULL;
	l->verbatim.octets = l->verbatim.room = 0;
	text[strcspn(text, "\n")] = '\0';
	loader_tell(l, complete ? LOADER_ACCEPTED : LOADER_KEPT, l->verbatim.line, text,
		    complete ? NULL : "its end is missing");
	free(text);
}

/* "banner motd ^C", or any other mark in place of ^C. True: the line begins a banner. */
bool loader_banner_begins(struct loader *l, const char *text)
{
	const char *p = text + 6, *kind;
	size_t letters;
	char head[32];

	if (strncmp(text, "banner", 6) != 0 || (*p != ' ' && *p != '\t'))
		return false;
	p += strspn(p, " \t");
	kind = p;
	letters = strspn(p, "abcdefghijklmnopqrstuvwxyz-");
	if (letters && (p[letters] == ' ' || p[letters] == '\t') && letters < sizeof(head) - 12) {
		p += letters;
		p += strspn(p, " \t");
	} else {
		letters = 0;
	}
	if (!*p)
		return false;
	snprintf(l->verbatim.mark, sizeof(l->verbatim.mark), "%.*s", p[0] == '^' && p[1] == 'C' ? 2 : 1, p);
	snprintf(head, sizeof(head), "banner %.*s%s^C", (int)letters, kind, letters ? " " : "");
	l->verbatim.line = l->line;
	loader_forget_head(l);
	l->depth = 0;
	session_enter(l->session, MODE_CONFIG, NULL);
	banner_append(l, head, strlen(head));
	if (banner_take(l, p + strlen(l->verbatim.mark)))
		banner_end(l, true);
	return true;
}

void loader_banner_line(struct loader *l, const char *line)
{
	if (banner_take(l, line))
		banner_end(l, true);
}

void loader_banner_ends(struct loader *l)
{
	if (!l->verbatim.banner)
		return;
	banner_append(l, "^C", 2);
	banner_end(l, false);
}

bool loader_is_certificate(const struct kept_line *k)
{
	return !strncmp(k->text, "certificate ", 12);
}

void loader_certificate_begins(struct loader *l, struct kept_line *node)
{
	shell_lock(l->sh);
	config_kept_clear(&node->children);
	shell_unlock(l->sh);
	l->verbatim.certificate = node;
}

bool loader_certificate_line(struct loader *l, const char *text)
{
	struct kept_line *parent = l->verbatim.certificate, *k;
	bool quit = !strncmp(text, "quit", 4) && !text[4 + strspn(text + 4, " \t")];

	if (quit || text[strspn(text, "0123456789abcdefABCDEF \t")])
		l->verbatim.certificate = NULL;
	if (!l->verbatim.certificate && !quit)
		return false;
	shell_lock(l->sh);
	k = config_kept_add(&parent->children, text, l->line, l->harmless, 0);
	shell_unlock(l->sh);
	l->failed |= !k;
	return true;
}
