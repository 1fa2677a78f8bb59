/*
 * A line's way through the rows of a scope (walk.c), for what cmd.c makes of it: a match, or what may follow.
 *
 * All rows start alive; each word keeps those whose next token it fits best. What a row has taken so far is a chain of
 * bindings shared with the rows that went the same way, so nothing is copied and only the winner's chain is read.
 */
#ifndef SHELL_WALK_H
#define SHELL_WALK_H

#include "shell/match.h"

/* Everything a match points to; freed as one. */
struct block {
	struct block *next;
	size_t octets, room; /* taken, and there */
	_Alignas(max_align_t) char bytes[];
};

struct binding {
	struct binding *before;
	const char *names[2]; /* how a handler may ask; NULL where there is none */
	const char *keyword;  /* of TOK_KW */
	const char *spelled;
	int64_t num;
	size_t at; /* offset in the line */
};

enum negation { PLAIN, NEGATED, DEFAULTED };

/* A row that still fits, and where in it we are. */
struct live {
	const struct cmd *row;
	unsigned tok;
	enum negation negation;
	unsigned node;             /* of the TOK_GRAPH at `tok` */
	uint32_t used;             /* of the options of the TOK_OPTS at `tok` */
	const struct cmd_opt *opt; /* its value comes next */
	bool second;               /* or its second one */
	const char *type;          /* the type of an interface was taken, its number comes next */
	struct binding *last;
};

struct live_set {
	struct live *v;
	size_t count, room;
};

/* One way in which a live row could take the next word. */
struct want {
	const struct tok *tok;       /* NULL: the keyword of opt */
	const struct cmd_opt *opt;   /* with tok: its value */
	unsigned at;                 /* index of the token in the row */
	const struct cmd_edge *edge; /* tok is that of an edge of the TOK_GRAPH there */
};
#define WANTS 48

struct hit;

struct walk {
	const struct cmd_scope *scope;
	const char *line;
	size_t pos, end;
	size_t word; /* where the word that is taken begins */
	struct block *blocks;
	struct live_set live;
	struct hit *hits;
	size_t hit_count, hit_room;
	bool negates; /* some row that began has a `no` form */
	bool first;   /* the word to come may be `no` or `default` */
	bool failed;
};

/* Nothing of line[start, end) is read yet. */
void walk_begin(struct walk *w, const struct cmd_scope *scope, const char *line, size_t start, size_t end);
/* Takes all words. *at is the caret when a word is wrong; *first_word: no word was right. */
enum cmd_status walk_line(struct walk *w, size_t *at, bool *first_word);
void walk_end(struct walk *w);
void walk_free_blocks(struct block *b);
/* May the line to come begin with `no`? */
bool walk_negates(const struct walk *w);

/* Could the line end here? */
bool live_complete(const struct live *l);
/* `no`: trailing arguments may be left out once the keywords are there. */
bool live_complete_short(const struct live *l);
/* All ways in which the row could take the next word; how many. */
size_t live_wants(const struct live *l, struct want out[WANTS]);

#endif
