/*
 * Reading a configuration text. The tables decide what a line is; this file decides in which mode it is asked, and
 * where a line goes that none accepts.
 *
 * A kept line with lines below it is a section: `open` is the path from it to the last line kept below it. What is
 * indented deeper than its last element is that one's child and never reaches a command: ` shutdown` below an
 * interface that is not there must not shut another.
 */
#include "shell/loader.h"

#include "base/wipe.h"
#include "config/free.h"
#include "shell/commands.h"
#include "shell/kept.h"
#include "shell/match.h"
#include "startup-config/nvram.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define OPEN_DEPTH 8

struct open_section {
	struct kept_line *node;
	unsigned indent;
};

/* A banner or a certificate: lines up to a mark, taken as they are. */
struct verbatim {
	struct kept_line *certificate; /* its lines become children */
	char *banner;                  /* its text so far, with the command before it */
	char mark[3];                  /* of a banner */
	unsigned line;
};

struct loader {
	struct shell *sh;
	struct session *session;
	loader_report_fn report;
	void *ctx;
	struct loader_counts counts;
	unsigned line;
	bool indented; /* some line of the text is */
	bool begun;    /* a line of configuration was seen */
	bool ended;    /* `end` was seen */
	bool failed;   /* out of memory */

	struct open_section open[OPEN_DEPTH];
	unsigned depth;
	bool harmless; /* the open section is */
	/* the last line accepted, when IOS enters a mode of its own with it and this program does not */
	char *head;
	unsigned head_indent;
	int refused_indent; /* of a section that was refused; -1: none */
	struct verbatim verbatim;
	char said[256]; /* what the session printed */
	char why[64];   /* what fits() found wrong */
};

/* --- helpers ---- */

static void lock(const struct loader *l)
{
	if (l->sh->router)
		router_lock(l->sh->router);
}

static void unlock(const struct loader *l)
{
	if (l->sh->router)
		router_unlock(l->sh->router);
}

/*
 * A line as it may be told: reports end in logs, which are no place for keys, so that what follows a word for a secret
 * is left out.
 */
static char *telling(const char *text)
{
	static const char removed[] = "<removed>";
	static const char *const words[] = { "key", "secret", "password", "community", "key-string" };
	char *told = malloc(strlen(text) + sizeof(removed)), *p = told;

	if (!told)
		return NULL;
	strcpy(told, text);
	while (*(p += strspn(p, " \t"))) {
		size_t n = strcspn(p, " \t");

		for (size_t i = 0; p[n] && i < sizeof(words) / sizeof(words[0]); i++)
			if (strlen(words[i]) == n && !strncmp(p, words[i], n) && strncmp(p + n, " chain", 6) != 0) {
				wipe(p + n + 1, strlen(p + n + 1));
				strcpy(p + n + 1, removed);
				return told;
			}
		p += n;
	}
	for (p = told; *p; p++)
		if ((unsigned char)*p < ' ' && *p != '\t')
			*p = '?';
	return told;
}

static void tell(struct loader *l, enum loader_verdict verdict, unsigned line, const char *text, const char *why)
{
	char *told = telling(text);
	struct loader_report r = { verdict, line, told ? told : "", why,
				   verdict == LOADER_KEPT && kept_restricts(text) };

	if (verdict == LOADER_KEPT)
		l->counts.kept++;
	else
		l->counts.rejected++;
	if (l->report)
		l->report(l->ctx, &r);
	free(told);
}

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

/* What the session said, as one line without IOS's % in front. */
static const char *reason(struct loader *l)
{
	char *p = l->said + strspn(l->said, "% ");

	p[strcspn(p, "\n")] = '\0';
	return *p ? p : "refused";
}

/* Would this mode take the line? If not, l->why says what is wrong. */
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
	const char *word;
	size_t octets;
	char *told;

	cmd_parse(&scope, text, 0, strlen(text), &p);
	cmd_match_free(p.match);
	if (p.status == CMD_PARSED)
		return true;
	for (word = text + p.at; word > text && word[-1] != ' ' && word[-1] != '\t'; word--)
		;
	octets = strcspn(word, " \t");
	told = telling(text);
	/* a word that may not be told is not named here either */
	if (p.status == CMD_INVALID && word > text && told && !strncmp(told, text, (size_t)(word - text) + octets))
		snprintf(l->why, sizeof(l->why), "not understood from \"%.*s\"", (int)(octets < 32 ? octets : 32),
			 word);
	else
		snprintf(l->why, sizeof(l->why), "%s",
			 p.status == CMD_INCOMPLETE  ? "incomplete command"
			 : p.status == CMD_AMBIGUOUS ? "ambiguous command"
						     : "not implemented");
	free(told);
	return false;
}

/* --- keeping ---- */

static void forget_head(struct loader *l)
{
	free_line(l->head);
	l->head = NULL;
}

/* One that is there already, from an earlier load, is used again. */
static struct kept_line *keep_in(struct loader *l, struct kept_list *list, const char *text, bool harmless, int rank)
{
	struct kept_line *k;

	lock(l);
	k = config_kept_find(list, text);
	if (!k)
		k = config_kept_add(list, text, l->line, harmless, rank);
	unlock(l);
	l->failed |= !k;
	return k;
}

static void open_push(struct loader *l, struct kept_line *node, unsigned indent)
{
	if (node && l->depth < OPEN_DEPTH)
		l->open[l->depth++] = (struct open_section){ node, indent };
}

static bool is_certificate(const struct kept_line *k)
{
	return !strncmp(k->text, "certificate ", 12);
}

static void begin_certificate(struct loader *l, struct kept_line *node)
{
	lock(l);
	config_kept_clear(&node->children);
	unlock(l);
	l->verbatim.certificate = node;
}

static void keep_child(struct loader *l, const char *text, unsigned indent)
{
	struct kept_line *parent, *node;

	/* what stands in a certificate has no lines below it, however it is indented */
	for (unsigned i = 0; i < l->depth; i++)
		if (is_certificate(l->open[i].node))
			l->depth = i + 1;
	parent = l->open[l->depth - 1].node;
	node = keep_in(l, &parent->children, text, l->harmless, 0);
	open_push(l, node, indent);
	if (l->harmless && !kept_restricts(text))
		l->counts.accepted++;
	else
		tell(l, LOADER_KEPT, l->line, text, "its section is not implemented");
	if (node && is_certificate(node) && !is_certificate(parent))
		begin_certificate(l, node);
}

/* In the section the session is in; deeper lines that follow belong to it. */
static void keep_here(struct loader *l, const char *text, unsigned indent, const char *why)
{
	struct kept_list *list;
	struct kept_line *node;

	lock(l);
	list = kept_list_of(l->session);
	unlock(l);
	node = list ? keep_in(l, list, text, false, kept_rank(session_mode(l->session), text)) : NULL;
	l->depth = 0;
	l->harmless = false;
	open_push(l, node, indent);
	tell(l, LOADER_KEPT, l->line, text, why);
}

/* --- running ---- */

static void run(struct loader *l, const char *text, unsigned indent)
{
	enum session_verdict verdict;

	l->said[0] = '\0';
	verdict = session_run(l->session, text);
	if (verdict == SESSION_REJECTED_LINE) {
		tell(l, LOADER_REJECTED, l->line, text, reason(l));
		l->refused_indent = (int)indent;
		return;
	}
	l->counts.accepted++;
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
	node = keep_in(l, &l->sh->config->kept, l->head, true, kept_rank_harmless(MODE_CONFIG, l->head));
	open_push(l, node, l->head_indent);
	forget_head(l);
}

/* Is this line one of the open section (or of the line above, which then opens one)? */
static bool belongs_to_open(struct loader *l, const char *text, unsigned indent)
{
	bool pasted = !l->indented && !fits(l, MODE_CONFIG, text) && !kept_opens_section(text);

	if (l->head) {
		if (indent > l->head_indent || pasted)
			open_head(l);
		else
			forget_head(l);
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
			keep_here(l, text, indent, l->why);
			return;
		}
	}
	session_enter(l->session, MODE_CONFIG, NULL);
	keep_here(l, text, indent, l->why);
}

static void take_line(struct loader *l, const char *text, unsigned indent)
{
	enum cmd_mode mode;

	if (belongs_to_open(l, text, indent)) {
		keep_child(l, text, indent);
		return;
	}
	if (l->refused_indent >= 0 && (int)indent > l->refused_indent) {
		tell(l, LOADER_REJECTED, l->line, text, "its section was refused");
		return;
	}
	l->refused_indent = -1;
	mode = session_mode(l->session);
	if (!indent || mode == MODE_CONFIG)
		take_global(l, text, indent);
	else if (fits(l, mode, text))
		run(l, text, indent);
	else
		keep_here(l, text, indent, l->why);
}

/* --- banners and certificates ---- */

static void banner_append(struct loader *l, const char *text)
{
	size_t have = l->verbatim.banner ? strlen(l->verbatim.banner) : 0;
	char *all = realloc(l->verbatim.banner, have + strlen(text) + 1);

	if (!all) {
		l->failed = true;
		return;
	}
	strcpy(all + have, text);
	l->verbatim.banner = all;
}

/* Up to the mark; true when it was there. */
static bool banner_take(struct loader *l, const char *text)
{
	const char *mark = strstr(text, l->verbatim.mark);
	char *body = strndup(text, mark ? (size_t)(mark - text) : strlen(text));

	if (body)
		banner_append(l, body);
	else
		l->failed = true;
	free(body);
	banner_append(l, mark ? "^C" : "\n");
	return mark != NULL;
}

/* One banner of a kind: the new one replaces it. */
static void banner_keep(struct loader *l, const char *why)
{
	struct kept_list *list = &l->sh->config->kept;
	struct kept_line *k, *next;
	char *text = l->verbatim.banner;
	size_t head;

	l->verbatim.banner = NULL;
	if (!text)
		return;
	head = strcspn(text, "^");
	lock(l);
	for (k = TAILQ_FIRST(list); k; k = next) {
		next = TAILQ_NEXT(k, link);
		if (!strncmp(k->text, text, head + 1))
			config_kept_remove(list, k->text);
	}
	l->failed |= !config_kept_add(list, text, l->verbatim.line, false, kept_rank(MODE_CONFIG, text));
	unlock(l);
	text[strcspn(text, "\n")] = '\0';
	tell(l, LOADER_KEPT, l->verbatim.line, text, why);
	free(text);
}

/* "banner motd ^C", or any other mark in place of ^C. True: the line begins a banner. */
static bool banner_begin(struct loader *l, const char *text)
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
	forget_head(l);
	l->depth = 0;
	session_enter(l->session, MODE_CONFIG, NULL);
	banner_append(l, head);
	if (banner_take(l, p + strlen(l->verbatim.mark)))
		banner_keep(l, "not implemented");
	return true;
}

/* Hex digits up to `quit`. False: the certificate is over without it, the line is another one. */
static bool take_certificate_line(struct loader *l, const char *text)
{
	struct kept_line *parent = l->verbatim.certificate, *k;
	bool quit = !strncmp(text, "quit", 4) && !text[4 + strspn(text + 4, " \t")];

	if (quit || text[strspn(text, "0123456789abcdefABCDEF \t")])
		l->verbatim.certificate = NULL;
	if (!l->verbatim.certificate && !quit)
		return false;
	lock(l);
	k = config_kept_add(&parent->children, text, l->line, l->harmless, 0);
	unlock(l);
	l->failed |= !k;
	return true;
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
		if (banner_take(l, line))
			banner_keep(l, "not implemented");
		return;
	}
	if (!*text)
		return;
	if (l->verbatim.certificate && take_certificate_line(l, text))
		return;
	if (*text == '!') {
		if (!indent) {
			l->depth = 0;
			forget_head(l);
		}
		return;
	}
	if (!l->begun && is_preamble(text))
		return;
	l->begun = true;
	if (l->ended) {
		tell(l, LOADER_REJECTED, l->line, text, "stands behind `end`");
		return;
	}
	if (!indent && !strncasecmp(text, "end", 3) && !text[3 + strspn(text + 3, " \t")]) {
		l->ended = true;
		return;
	}
	if (banner_begin(l, text))
		return;
	if (strlen(text) > LOADER_LINE_OCTETS || !is_printable(text)) {
		/* kept octet by octet: with a character replaced it might be accepted when it is read again */
		session_enter(l->session, MODE_CONFIG, NULL);
		forget_head(l);
		keep_here(l, text, indent, strlen(text) > LOADER_LINE_OCTETS ? "too long" : "unprintable characters");
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

static void take_text(struct loader *l, const char *text, size_t octets)
{
	const char *p = text, *end = text + octets, *nl;
	char *line;
	size_t n;

	if (octets >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) /* a mark some editors put there */
		p += 3;
	l->indented = any_indented(p, (size_t)(end - p));
	for (; p < end && !l->failed; p = nl + (nl < end)) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (!nl)
			nl = end;
		n = (size_t)(nl - p);
		l->line++;
		line = malloc(n + 1);
		if (!line) {
			l->failed = true;
			return;
		}
		for (size_t i = 0; i < n; i++)
			line[i] = p[i] ? p[i] : ' ';
		while (n && line[n - 1] == '\r')
			n--;
		line[n] = '\0';
		take_raw(l, line);
		wipe(line, n);
		free(line);
	}
	if (l->verbatim.banner) {
		banner_append(l, "^C");
		banner_keep(l, "its end is missing");
	}
}

int loader_load(struct shell *sh, const char *text, size_t octets, loader_report_fn report, void *ctx,
		struct loader_counts *counts)
{
	struct loader l = { .sh = sh, .report = report, .ctx = ctx, .refused_indent = -1 };
	struct session_io io = { .ctx = &l, .write = hear };

	l.session = session_new(sh, SESSION_LOADER, &io, "startup-config");
	if (!l.session)
		return -ENOMEM;
	take_text(&l, text, octets);
	session_free(l.session);
	forget_head(&l);
	free(l.verbatim.banner);
	*counts = l.counts;
	return l.failed ? -ENOMEM : 0;
}

/* --- mainmode check ---- */

static void print_report(void *ctx, const struct loader_report *r)
{
	fprintf(ctx, "line %u: %s (%s)%s: %s\n", r->line, r->verdict == LOADER_KEPT ? "kept" : "rejected", r->why,
		r->restricts ? ", restricts and is NOT enforced" : "", r->text);
}

static void print_finding(void *ctx, const char *text)
{
	fprintf(ctx, "check: %s\n", text);
}

static int check_text(const char *text, size_t octets, FILE *out)
{
	struct cmd_table tables[COMMANDS_CONFIG];
	struct shell sh = { .config = config_new(), .tables = tables, .table_count = commands_config(tables) };
	struct loader_counts counts;
	int error = -ENOMEM;

	if (sh.config)
		error = loader_load(&sh, text, octets, print_report, out, &counts);
	if (error) {
		fprintf(out, "%s\n", strerror(-error));
		config_free(sh.config);
		return 2;
	}
	config_check(sh.config, print_finding, out);
	fprintf(out, "%u accepted, %u kept, %u rejected\n", counts.accepted, counts.kept, counts.rejected);
	config_free(sh.config);
	return counts.kept || counts.rejected ? 1 : 0;
}

int loader_check(const char *path, FILE *out)
{
	struct nvram *n = nvram_new(path);
	size_t octets;
	char *text;
	int error = n ? nvram_load(n, &text, &octets) : -ENOMEM, code;

	nvram_free(n);
	if (error) {
		fprintf(out, "%s: %s\n", path, strerror(-error));
		return 2;
	}
	code = check_text(text, octets, out);
	wipe(text, octets);
	free(text);
	return code;
}
