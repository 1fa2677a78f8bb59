/*
 * Inside the loader: a text on its way into the configuration. loader.c decides in which mode a line is asked,
 * loader_keep.c where one goes that none accepts, loader_verbatim.c has banners and certificates, loader_tell.c says
 * what became of a line.
 */
#ifndef SHELL_LOADER_INT_H
#define SHELL_LOADER_INT_H

#include "shell/loader.h"

#define OPEN_DEPTH 8

struct open_section {
	struct kept_line *node;
	unsigned indent;
};

/* A banner or a certificate: lines up to a mark, taken as they are. */
struct verbatim {
	struct kept_line *certificate; /* its lines become children */
	char *banner;                  /* its text so far, with the command before it */
	size_t octets, room;           /* of it */
	char mark[3];                  /* of a banner */
	unsigned line;
};

struct loader {
	struct shell *sh;
	struct session *session;
	loader_report_fn report;
	bool every; /* report also what was accepted */
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
	char *text; /* the line that is being read, in room for many */
	size_t line_room;
	struct cmd_match *match; /* of the line, when it fits */
	char said[512];          /* what the session printed, LF between lines */
	char why[64];            /* what loader_fits() found wrong */
	size_t at;               /* and where, LOADER_NO_COLUMN: nowhere */
	bool malformed;          /* no router takes this: an address that is none */
};

/* loader_tell.c: counts it, and reports it. why may be NULL when it was accepted. */
void loader_tell(struct loader *l, enum loader_verdict verdict, unsigned line, const char *text, const char *why);
/* A line as it may be told: what follows a word for a secret is left out. To be freed; NULL when out of memory. */
char *loader_telling(const char *text);

/* loader_keep.c */
void loader_forget_head(struct loader *l);
/* In this list; one that is there already, from an earlier load, is used again. */
struct kept_line *loader_keep_in(struct loader *l, struct kept_list *list, const char *text, bool harmless, int rank);
void loader_open(struct loader *l, struct kept_line *node, unsigned indent);
/* Below the open section. */
void loader_keep_child(struct loader *l, const char *text, unsigned indent);
/* In the section the session is in; deeper lines that follow belong to it. */
void loader_keep_here(struct loader *l, const char *text, unsigned indent, const char *why);

/* loader_verbatim.c */
bool loader_banner_begins(struct loader *l, const char *text);
void loader_banner_line(struct loader *l, const char *line);
void loader_banner_ends(struct loader *l); /* with the text: its mark never came */
void loader_certificate_begins(struct loader *l, struct kept_line *node);
/* Hex digits up to `quit`. False: the certificate is over without it, the line is another one. */
bool loader_certificate_line(struct loader *l, const char *text);
bool loader_is_certificate(const struct kept_line *k);

#endif
