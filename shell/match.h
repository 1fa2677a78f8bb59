/*
 * Inside the shell: one line against the command tables (cmd.c), and one word against one token (token.c).
 *
 * A line is read in a scope: the rows of one mode that a privilege may use. Offsets are octets from the beginning of
 * the line as it stands on the screen, so a caret needs only the prompt's length added.
 */
#ifndef SHELL_MATCH_H
#define SHELL_MATCH_H

#include "shell/cmd.h"

struct router;

struct cmd_scope {
	const struct cmd_table *tables;
	size_t table_count;
	enum cmd_mode mode;
	unsigned privilege;
	const struct router *router; /* knows which ports exist; NULL: every port does */
};

/* --- one word against one token ---- */

/* How well a word fits, worst first: the best class of a position wins. */
enum word_class { CLASS_NONE, CLASS_LINE, CLASS_WORD, CLASS_TYPED, CLASS_PREFIX, CLASS_EXACT };

struct word_fit {
	enum word_class class;
	size_t wrong;        /* CLASS_NONE: offset of the first character that cannot stand there */
	const char *spelled; /* in full; points into static text or `text` */
	int64_t num;
	bool half; /* the type of an interface whose number is the next word */
	char text[CONFIG_IFNAME_SIZE];
};

/* CLASS_NONE, CLASS_PREFIX or CLASS_EXACT. */
enum word_class keyword_class(const char *keyword, const char *word, size_t octets);
/* Every kind but TOK_KW, TOK_PICK and TOK_OPTS. `type`: the type named by the word before, or NULL. */
void word_fits(const struct tok *t, const char *word, size_t octets, const char *type, const struct router *router,
	       struct word_fit *out);
/* The types of interfaces, sorted, ending with a NULL keyword; value is an enum if_type. */
extern const struct cmd_choice cmd_interface_types[];
/* The number of an interface of this type: "<0-2147483647>" and its help. */
const struct cmd_choice *cmd_interface_number(int type);
/* "<1-10>", "WORD", "A.B.C.D": what help shows for a parameter, into buf where it must be made. */
const char *cmd_metavar(const struct tok *t, char *buf, size_t size);

/* --- a line ---- */

/* CMD_NO_MEMORY: what the line is was not found out. */
enum cmd_status { CMD_PARSED, CMD_INVALID, CMD_AMBIGUOUS, CMD_INCOMPLETE, CMD_NO_MEMORY };

struct cmd_parsed {
	enum cmd_status status;
	size_t at;               /* CMD_INVALID: offset of the caret */
	bool first_word;         /* CMD_INVALID: no command begins like this */
	struct cmd_match *match; /* CMD_PARSED: to be freed with cmd_match_free() */
};

/* Reads line[start, end). */
void cmd_parse(const struct cmd_scope *scope, const char *line, size_t start, size_t end, struct cmd_parsed *out);
void cmd_match_free(struct cmd_match *m);

/* What may follow line[start, end), all of whose words are whole. */
struct cmd_next {
	char *text;
	const char *help;
	bool keyword;
};
struct cmd_expected {
	enum cmd_status status; /* CMD_PARSED unless a word before is wrong */
	struct cmd_next *next;  /* sorted, without duplicates */
	size_t count;
	bool complete;   /* <cr> */
	bool filterable; /* `|` may follow */
};
void cmd_expect(const struct cmd_scope *scope, const char *line, size_t start, size_t end, struct cmd_expected *out);
void cmd_expected_free(struct cmd_expected *e);

/* May `| include ...` follow this command? */
bool cmd_filters(const struct cmd *row);

#endif
