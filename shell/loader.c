/*
 * Reading a configuration text. The tables decide what a line is; this file decides in which mode it is asked, and
 * where a line goes that none accepts.
 *
 * A kept line with lines below it is a section: `open` is the path from it to the last line kept below it. What is
 * indented deeper than its last element is that one's child and never reaches a command: ` shutdown` below an
 * interface that is not there must not shut another.
 */
#include "config/free.h"
#include "shell/kept.h"
#include "shell/loader_int.h"
#include "shell/match.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void hear(void *ctx, const char *bytes, size_t octets)
{
	struct loader *l = ctx;
	size_t have = strlen(l->said);

	for (size_t i = 0; i < octets && have + 1 < sizeof(l->said); i++) {
		if (bytes[i] == '\r' || bytes[i] == '\n') {
			if (have && l->said[have - 1] != '\n')
				l->said[have++] = '\n';
			continue;
		}
		l->said[have++] = bytes[i];
	}
	l->said[have] = '\0';
}

/* What the session said, its first line without IOS's % in front. */
static void reason(const struct loader *l, char *buf, size_t size)
{
	const char *p = l->said + strspn(l->said, "% ");
	const int octets = (int)strcspn(p, "\n");

	snprintf(buf, size, "%.*s", octets ? octets : 7, octets ? p : "refused");
}

static size_t word_octets(const char *text)
{
	return strcspn(text, " \t");
}

/* A word that could only be an address, where one is expected, and is none: no router understands that. */
static bool is_no_address(const struct cmd_scope *scope, const char *text, size_t word)
{
	const char *w = text + word;
	const size_t octets = word_octets(w);
	const bool v4 = strspn(w, "0123456789./") == octets && memchr(w, '.', octets);
	const bool v6 = strspn(w, "0123456789abcdefABCDEF:./") == octets && memchr(w, ':', octets);
	struct cmd_expected e;
	bool wanted = false;

	if (!v4 && !v6)
		return false;
	cmd_expect(scope, text, 0, word, &e);
	for (size_t i = 0; e.status == CMD_PARSED && i < e.count; i++)
		wanted |= !strncmp(e.next[i].text, v4 ? "A.B.C.D" : "X:X:X:X::X", v4 ? 7 : 10);
	cmd_expected_free(&e);
	return wanted;
}

static void find_fault(struct loader *l, const struct cmd_scope *scope, const char *text, const struct cmd_parsed *p)
{
	size_t word = p->at, octets;
	char *told;

	if (p->status == CMD_NO_MEMORY) {
		l->at = LOADER_NO_COLUMN;
		l->failed = true;
		snprintf(l->why, sizeof(l->why), "not enough memory");
		snprintf(l->said, sizeof(l->said), "%% Not enough memory");
		return;
	}
	if (p->status != CMD_INVALID) {
		l->at = LOADER_NO_COLUMN;
		snprintf(l->why, sizeof(l->why), "%s",
			 p->status == CMD_INCOMPLETE ? "incomplete command" : "ambiguous command");
		snprintf(l->said, sizeof(l->said), "%s",
			 p->status == CMD_INCOMPLETE ? "% Incomplete command." : "% Ambiguous command.");
		return;
	}
	while (word && text[word - 1] != ' ' && text[word - 1] != '\t')
		word--;
	l->at = p->at;
	l->malformed = is_no_address(scope, text, word);
	snprintf(l->said, sizeof(l->said), "%% Invalid input detected at '^' marker.");
	octets = word_octets(text + word);
	told = loader_telling(text);
	/* a word that may not be told is not named here either */
	if (word && told && !strncmp(told, text, word + octets))
		snprintf(l->why, sizeof(l->why), "not understood from \"%.*s\"", (int)(octets < 32 ? octets : 32),
			 text + word);
	else
		snprintf(l->why, sizeof(l->why), "not implemented");
	free(told);
}

/* Would this mode take the line? Then l->match is it; if not, l says what is wrong. */
static bool fits(struct loader *l, enum cmd_mode mode, const char *text)
{
	struct cmd_scope scope = {
		.tables = l->sh->tables,
		.table_count = l->sh->table_count,
		.mode = mode,
		.privilege = 15,
		.router = l->sh->router,
	};
	struct cmd_parsed p;

	cmd_parse(&scope, text, 0, strlen(text), &p);
	cmd_match_free(l->match);
	l->match = p.match;
	l->malformed = false;
	if (p.status != CMD_PARSED)
		find_fault(l, &scope, text, &p);
	return p.status == CMD_PARSED;
}

/* --- running ---- */

/* What stands below it has no section to go to. */
static void refuse(struct loader *l, const char *text, unsigned indent, const char *why)
{
	loader_tell(l, LOADER_REJECTED, l->line, text, why);
	l->refused_indent = (int)indent;
}

/* No command takes it: kept, since it may be one that is not implemented, unless it is nonsense. */
static void not_taken(struct loader *l, const char *text, unsigned indent)
{
	char why[sizeof(l->why)];

	memcpy(why, l->why, sizeof(why));
	if (l->malformed)
		refuse(l, text, indent, why);
	else
		loader_keep_here(l, text, indent, why);
}

/* The loader's own word on a line, which was not asked of any mode. */
static void say(struct loader *l, const char *text)
{
	l->at = LOADER_NO_COLUMN;
	snprintf(l->said, sizeof(l->said), "%% %s", text);
}

/* What fits() found, in the session's mode. */
static void run(struct loader *l, const char *text, unsigned indent)
{
	enum session_verdict verdict;
	char why[256];

	l->said[0] = '\0';
	l->at = LOADER_NO_COLUMN;
	errno = 0;
	verdict = session_run_match(l->session, l->match);
	l->failed |= verdict == SESSION_REJECTED_LINE && errno == ENOMEM;
	l->said[strlen(l->said) - (*l->said && l->said[strlen(l->said) - 1] == '\n')] = '\0';
	if (verdict == SESSION_REJECTED_LINE) {
		reason(l, why, sizeof(why));
		refuse(l, text, indent, why);
		return;
	}
	loader_tell(l, LOADER_ACCEPTED, l->line, text, NULL);
	if (session_mode(l->session) == MODE_CONFIG && kept_opens_section(text) &&
	    kept_rank_harmless(MODE_CONFIG, text)) {
		l->head = strdup(text);
		l->head_indent = indent;
		l->failed |= !l->head;
	}
}

/* The accepted line above becomes a section: `archive`, `control-plane` with lines below them. */
static void open_head(struct loader *l)
{
	struct kept_line *node;

	l->depth = 0;
	l->harmless = true;
	node = loader_keep_in(l, &l->sh->config->kept, l->head, true, kept_rank_harmless(MODE_CONFIG, l->head));
	loader_open(l, node, l->head_indent);
	loader_forget_head(l);
}

/* Is this line one of the open section (or of the line above, which then opens one)? */
static bool belongs_to_open(struct loader *l, const char *text, unsigned indent)
{
	bool pasted = !l->indented && !fits(l, MODE_CONFIG, text) && !kept_opens_section(text);

	if (l->head) {
		if (indent > l->head_indent || pasted)
			open_head(l);
		else
			loader_forget_head(l);
	}
	if (pasted && l->depth && kept_opens_section(l->open[0].node->text)) {
		l->depth = 1;
		return true;
	}
	while (l->depth && indent <= l->open[l->depth - 1].indent)
		l->depth--;
	return l->depth != 0;
}

static void take_global(struct loader *l, const char *text, unsigned indent)
{
	enum cmd_mode mode = session_mode(l->session);

	if (fits(l, MODE_CONFIG, text)) {
		if (mode != MODE_CONFIG)
			session_enter(l->session, MODE_CONFIG, NULL);
		run(l, text, indent);
		return;
	}
	if (mode != MODE_CONFIG && !l->indented) {
		if (fits(l, mode, text)) {
			run(l, text, indent);
			return;
		}
		if (!kept_opens_section(text)) {
			not_taken(l, text, indent);
			return;
		}
	}
	session_enter(l->session, MODE_CONFIG, NULL);
	not_taken(l, text, indent);
}

static void take_line(struct loader *l, const char *text, unsigned indent)
{
	enum cmd_mode mode;

	if (belongs_to_open(l, text, indent)) {
		loader_keep_child(l, text, indent);
		return;
	}
	if (l->refused_indent >= 0 && (int)indent > l->refused_indent) {
		say(l, "Its section was refused");
		loader_tell(l, LOADER_REJECTED, l->line, text, "its section was refused");
		return;
	}
	l->refused_indent = -1;
	mode = session_mode(l->session);
	if (!indent || mode == MODE_CONFIG)
		take_global(l, text, indent);
	else if (fits(l, mode, text))
		run(l, text, indent);
	else
		not_taken(l, text, indent);
}

/* --- the text ---- */

/* What surrounds the configuration in a capture. */
static bool is_preamble(const char *text)
{
	return !strncmp(text, "Building configuration", 22) || !strncmp(text, "Current configuration", 21) ||
	       !strncmp(text, "Using ", 6);
}

static bool is_printable(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' && *text != '\t')
			return false;
	return true;
}

static void take_raw(struct loader *l, char *line)
{
	char *text = line + strspn(line, " \t");
	unsigned indent = (unsigned)(text - line);

	if (l->verbatim.banner) {
		loader_banner_line(l, line);
		return;
	}
	if (!*text)
		return;
	if (l->verbatim.certificate && loader_certificate_line(l, text))
		return;
	if (*text == '!') {
		if (!indent) {
			l->depth = 0;
			loader_forget_head(l);
		}
		return;
	}
	if (!l->begun && is_preamble(text))
		return;
	l->begun = true;
	if (l->ended) {
		say(l, "Stands behind `end`");
		loader_tell(l, LOADER_REJECTED, l->line, text, "stands behind `end`");
		return;
	}
	if (!indent && !strncasecmp(text, "end", 3) && !text[3 + strspn(text + 3, " \t")]) {
		l->ended = true;
		return;
	}
	if (loader_banner_begins(l, text))
		return;
	if (strlen(text) > LOADER_LINE_OCTETS || !is_printable(text)) {
		/* kept octet by octet: with a character replaced it might be accepted when it is read again */
		session_enter(l->session, MODE_CONFIG, NULL);
		loader_forget_head(l);
		l->at = LOADER_NO_COLUMN;
		loader_keep_here(l, text, indent,
				 strlen(text) > LOADER_LINE_OCTETS ? "too long" : "unprintable characters");
		return;
	}
	take_line(l, text, indent);
}

static bool any_indented(const char *text, size_t octets)
{
	for (const char *p = text, *end = text + octets; p < end; p++) {
		if (*p == ' ' || *p == '\t') {
			while (p < end && (*p == ' ' || *p == '\t'))
				p++;
			if (p<end && * p> ' ' && *p != '!')
				return true;
		}
		while (p < end && *p != '\n')
			p++;
	}
	return false;
}

/* A line in a buffer that serves all of them. False: no memory. */
static bool copy_line(struct loader *l, const char *p, size_t n)
{
	if (n >= l->line_room) {
		char *more = malloc(n * 2 + 256);

		if (!more)
			return false;
		if (l->text)
			free_wiped(l->text, l->line_room);
		l->text = more;
		l->line_room = n * 2 + 256;
	}
	for (size_t i = 0; i < n; i++)
		l->text[i] = p[i] ? p[i] : ' ';
	while (n && l->text[n - 1] == '\r')
		n--;
	l->text[n] = '\0';
	return true;
}

static void take_text(struct loader *l, const char *text, size_t octets)
{
	const char *p = text, *end = text + octets, *nl;

	if (octets >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) /* a mark some editors put there */
		p += 3;
	l->indented = any_indented(p, (size_t)(end - p));
	for (; p < end && !l->failed; p = nl + (nl < end)) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (!nl)
			nl = end;
		l->line++;
		if (copy_line(l, p, (size_t)(nl - p)))
			take_raw(l, l->text);
		else
			l->failed = true;
	}
	loader_banner_ends(l);
}

static int load(struct loader *l, const char *text, size_t octets, struct loader_counts *counts)
{
	struct session_io io = { .ctx = l, .write = hear };

	l->refused_indent = -1;
	l->session = session_new(l->sh, SESSION_LOADER, &io, "startup-config");
	if (!l->session)
		return -ENOMEM;
	take_text(l, text, octets);
	session_free(l->session);
	loader_forget_head(l);
	free(l->verbatim.banner);
	cmd_match_free(l->match);
	if (l->text)
		free_wiped(l->text, l->line_room);
	*counts = l->counts;
	return l->failed ? -ENOMEM : 0;
}

int loader_load(struct shell *sh, const char *text, size_t octets, loader_report_fn report, void *ctx,
		struct loader_counts *counts)
{
	struct loader l = { .sh = sh, .report = report, .ctx = ctx };

	return load(&l, text, octets, counts);
}

int loader_load_telling_all(struct shell *sh, const char *text, size_t octets, loader_report_fn report, void *ctx,
			    struct loader_counts *counts)
{
	struct loader l = { .sh = sh, .report = report, .every = true, .ctx = ctx };

	return load(&l, text, octets, counts);
}
