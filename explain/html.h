/*
 * Parts of story_html()'s page: html.c has the whole of it and what went wrong, html_peers.c how it ended with each
 * peer, html_ladder.c their messages, html_pages.c the pages of messages, html_put.c puts text into it.
 *
 * The page is HTML that is well-formed XML, too. Whatever a log holds is text in it: valid UTF-8, markup escaped, and
 * characters that are not seen, or move others, shown by their number.
 */
#ifndef EXPLAIN_HTML_H
#define EXPLAIN_HTML_H

#include "explain/message_id.h"
#include "explain/story.h"

#include <stdio.h>

#define HTML_TEXT_MAX 8192 /* octets of one text; of longer ones the rest is counted */
/* What a browser still shows at once. Of each it is said how much is left out. */
#define HTML_PEERS 200  /* with all that is known of them; first those with which something went wrong */
#define HTML_ROWS  2000 /* of the table of other peers */
#define HTML_STEPS 12000
#define HTML_LINES 40000

struct html {
	FILE *out;
	bool *picked;                          /* by the peer's number, from 1: is it one of HTML_PEERS? */
	unsigned others;                       /* that are not */
	size_t lines;                          /* for which there is still room */
	const struct message *seen[MSG_COUNT]; /* those of the lines that are kept: they get their pages */
	bool pages;                            /* there are some */
};

/* --- html_put.c ---- */

extern const char *const html_css[]; /* explain/html.css, line by line; NULL at its end */

/* Markup and values in it: %s is escaped; %u, PRIu64 and %c are as printf's; nothing else is known. */
void html_put(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
void html_text(FILE *out, const char *text);
/* A sentence in which `...` is code. */
void html_sentence(FILE *out, const char *text);
/* "crypto ipsec profile P / set pfs N; crypto map M": a line each, what is behind " / " in it. */
void html_config(FILE *out, const char *text);
const char *html_plural(uint64_t n);
/* "08:33:43.245", "" unknown */
const char *html_clock(int64_t ms, char buf[32]);
/* "4 ms", "10.2 s", "" unknown or not later */
const char *html_span(int64_t from, int64_t to, char buf[32]);

/* --- html_ladder.c ---- */

/* Names that stand for the two sides. */
const char *html_here(const struct story_peer *p);
const char *html_there(const struct story_peer *p);
/* What went wrong with a peer, and its messages, refer to each other by ids made of the peer's number. */
void html_ladder(struct html *h, const struct story_peer *p, unsigned number);

/* --- html_peers.c ---- */

/* Sets picked and others; the caller frees picked. False: out of memory. */
bool html_pick(struct html *h, const struct story *s);
/* The first thing that failed, NULL nothing; *index: its number, from 1. */
const struct story_finding *html_first_failure(const struct story_peer *p, unsigned *index);
/* Its title, or that it is one of several. */
#define HTML_TITLE 96
const char *html_title(const struct story_finding *f, char buf[HTML_TITLE]);
void html_verdict(FILE *out, const struct story_peer *p, unsigned number);
/* A table of those that are not picked. */
void html_others(const struct html *h, const struct story *s);

/* --- html_pages.c ---- */

void html_pages(struct html *h);

#endif
