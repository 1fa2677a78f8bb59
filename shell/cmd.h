/*
 * Commands as data. A table row declares one command once: mode, privilege, its tokens each with its own help, and
 * the handler. Parsing, abbreviation, `?`, Tab, `no`, `default`, `do`, the ^ marker and the error texts all come from
 * walking these tables (cmd.c); at start-up they are also registered into libcli, which holds modes and privileges,
 * runs what was matched and applies the output filters.
 *
 * A row is a flat list of tokens. Several rows may share a beginning; the matcher follows all of them at once, which
 * is how alternatives are written. An optional tail is two rows. Options that come in any order are one OPTS token.
 */
#ifndef SHELL_CMD_H
#define SHELL_CMD_H

#include "base/addr.h"
#include "config/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct session;

enum cmd_mode {
	MODE_EXEC, /* user and privileged: the row's privilege tells */
	MODE_CONFIG,
	MODE_IF,              /* (config-if) */
	MODE_LINE,            /* (config-line) */
	MODE_REDUNDANCY,      /* (config-red) */
	MODE_CONTROL_PLANE,   /* (config-cp) */
	MODE_ISAKMP_POLICY,   /* (config-isakmp) */
	MODE_TRANSFORM_SET,   /* (cfg-crypto-trans) */
	MODE_IPSEC_PROFILE,   /* (ipsec-profile) */
	MODE_KEYRING,         /* (conf-keyring) */
	MODE_ISAKMP_PROFILE,  /* (conf-isa-prof) */
	MODE_ISAKMP_PEER,     /* (config-isakmp-peer) */
	MODE_SSH_PUBKEY,      /* (conf-ssh-pubkey) */
	MODE_SSH_PUBKEY_USER, /* (conf-ssh-pubkey-user), also of a server */
	MODE_SSH_PUBKEY_DATA, /* (conf-ssh-pubkey-data) */
	MODE_STANDARD_ACL,    /* (config-std-nacl) */
	MODE_EXTENDED_ACL,    /* (config-ext-nacl) */
	MODE_IPV6_ACL,        /* (config-ipv6-acl) */
	MODE_ARCHIVE,         /* (config-archive) */
	MODE_ARCHIVE_LOG,     /* (config-archive-log-cfg) */
	MODE_COUNT
};

enum tok_kind {
	TOK_END,
	TOK_KW,         /* keyword, any unique prefix, any case */
	TOK_NUM,        /* <min-max>, decimal */
	TOK_WORD,       /* WORD: one word, literal */
	TOK_LINE,       /* LINE: the rest, at least one character */
	TOK_IP4,        /* A.B.C.D */
	TOK_IP6,        /* X:X:X:X::X */
	TOK_IP6_PREFIX, /* X:X:X:X::X/<0-128> */
	TOK_IFNAME,     /* interface name, one or two words; types help lists the types */
	TOK_PICK,       /* one keyword of a list, value in arg.num (its position's `value`) */
	TOK_IFRANGE,    /* interfaces to the end of the line: Ethernet0/0 - 1 , Tunnel 1 - 3 */
	TOK_OPTS,       /* any of a list of options, in any order, each once; see struct cmd_opt */
	TOK_GRAPH,      /* words whose followers depend on them; see struct cmd_node */
};

/* For TOK_PICK: ends with keyword NULL. */
struct cmd_choice {
	const char *keyword, *help;
	int value;
};

/* The keyword of a value; "" when it is none of the list's. */
const char *cmd_keyword(const struct cmd_choice *choices, int value);

struct tok;

/* For TOK_OPTS: keyword and its own tokens (without a value: a flag). Ends with keyword NULL. */
struct cmd_opt {
	const char *name; /* how the handler asks for it */
	const char *keyword, *help;
	const struct tok *value;  /* one token, or NULL */
	const struct tok *second; /* and one more, or NULL */
};

struct tok {
	enum tok_kind kind;
	const char *name; /* keyword text of TOK_KW; else how the handler asks for the argument */
	const char *help;
	int64_t min, max;                 /* TOK_NUM; min of a TOK_IFNAME: the one enum if_type that it takes, or 0 */
	const struct cmd_choice *choices; /* TOK_PICK */
	const struct cmd_opt *opts;       /* TOK_OPTS */
	const struct cmd_node *graph;     /* TOK_GRAPH: its nodes, the first is where it begins */
	const char *metavar;              /* shown in help instead of the kind's own, or NULL */
};

/*
 * A place in a TOK_GRAPH and the words that lead on from it, for what would be hundreds of rows: the addresses and ports
 * of an access list. `to` is an index into the graph. Where `end` is set the row's next token may follow.
 */
struct cmd_edge {
	struct tok tok; /* of one word: neither TOK_LINE, TOK_IFNAME, TOK_OPTS nor another graph */
	unsigned to;
};

struct cmd_node {
	const struct cmd_edge *edges;
	size_t count;
	bool end;
};

#define KW(text, help_)                                                                                                \
	{                                                                                                              \
		.kind = TOK_KW, .name = (text), .help = (help_)                                                        \
	}
#define NUM(name_, lo, hi, help_)                                                                                      \
	{                                                                                                              \
		.kind = TOK_NUM, .name = (name_), .help = (help_), .min = (lo), .max = (hi)                            \
	}
#define WORD(name_, help_)                                                                                             \
	{                                                                                                              \
		.kind = TOK_WORD, .name = (name_), .help = (help_)                                                     \
	}
#define LINE(name_, help_)                                                                                             \
	{                                                                                                              \
		.kind = TOK_LINE, .name = (name_), .help = (help_)                                                     \
	}
#define IP4(name_, help_)                                                                                              \
	{                                                                                                              \
		.kind = TOK_IP4, .name = (name_), .help = (help_)                                                      \
	}
#define IP6(name_, help_)                                                                                              \
	{                                                                                                              \
		.kind = TOK_IP6, .name = (name_), .help = (help_)                                                      \
	}
#define IP6PREFIX(name_, help_)                                                                                        \
	{                                                                                                              \
		.kind = TOK_IP6_PREFIX, .name = (name_), .help = (help_)                                               \
	}
#define IFNAME(name_, help_)                                                                                           \
	{                                                                                                              \
		.kind = TOK_IFNAME, .name = (name_), .help = (help_)                                                   \
	}
#define IFRANGE(name_, help_)                                                                                          \
	{                                                                                                              \
		.kind = TOK_IFRANGE, .name = (name_), .help = (help_)                                                  \
	}
#define PICK(name_, choices_)                                                                                          \
	{                                                                                                              \
		.kind = TOK_PICK, .name = (name_), .choices = (choices_)                                               \
	}
#define OPTS(opts_)                                                                                                    \
	{                                                                                                              \
		.kind = TOK_OPTS, .name = "options", .opts = (opts_)                                                   \
	}
#define GRAPH(nodes_)                                                                                                  \
	{                                                                                                              \
		.kind = TOK_GRAPH, .name = "words", .graph = (nodes_)                                                  \
	}

#define CMD_TOKENS 14

enum cmd_flags {
	CMD_NO = 1 << 0,        /* has a `no` form (and `default`, which equals it unless CMD_DEFAULT) */
	CMD_NO_SHORT = 1 << 1,  /* `no` may stop after the keywords: trailing arguments may be left out */
	CMD_DEFAULT = 1 << 2,   /* the handler tells `default` from `no` by cmd_is_default() */
	CMD_UNLOCKED = 1 << 3,  /* runs without the control lock (ping); takes it where it needs it */
	CMD_HIDDEN = 1 << 4,    /* not in `?` */
	CMD_HARMLESS = 1 << 5,  /* accepted and kept, does nothing (section 8 of the CLI notes) */
	CMD_ONLY_NO = 1 << 7,   /* with CMD_NO: there is nothing to type but `no` and `default` (`no tunnel mode`) */
	CMD_NO_CHANGE = 1 << 6, /* of a configuration mode, but leaves the running-config as it was (exit) */
};

enum cmd_result {
	CMD_OK,
	CMD_REJECTED, /* the handler printed why (a line beginning with %) */
	CMD_CLOSE,    /* the session ends */
};

struct cmd_match;
typedef enum cmd_result (*cmd_handler)(struct session *s, const struct cmd_match *m);

struct cmd {
	enum cmd_mode mode;
	unsigned privilege; /* 0, 1 or 15 */
	unsigned flags;
	struct tok tokens[CMD_TOKENS];
	cmd_handler handler;
	int arg; /* the handler's own: one handler may serve several rows */
};

/* A table ends where its count says; each file of commands exports one. */
struct cmd_table {
	const struct cmd *cmds;
	size_t count;
};
#define CMD_TABLE(array)                                                                                               \
	{                                                                                                              \
		(array), sizeof(array) / sizeof((array)[0])                                                            \
	}

/* --- what a handler asks of the match ---- */

const struct cmd *cmd_of(const struct cmd_match *m);
bool cmd_is_no(const struct cmd_match *m); /* also true for `default` without CMD_DEFAULT */
bool cmd_is_default(const struct cmd_match *m);
bool cmd_has(const struct cmd_match *m, const char *name); /* argument or option was typed */
/* The how manieth of the line it was, from 1; 0: it was not typed. For options whose order matters. */
unsigned cmd_position(const struct cmd_match *m, const char *name);
int64_t cmd_num(const struct cmd_match *m, const char *name, int64_t otherwise); /* TOK_NUM, TOK_PICK's value */
/* All of a TOK_NUM or TOK_PICK that a graph let come several times, in their order; how many, at most room. */
size_t cmd_nums(const struct cmd_match *m, const char *name, int64_t *out, size_t room);
const char *cmd_text(const struct cmd_match *m, const char *name); /* as typed; IFNAME: canonical; NULL: absent */
bool cmd_addr(const struct cmd_match *m, const char *name, struct ip_addr *out);
bool cmd_prefix(const struct cmd_match *m, const char *name, struct ip_prefix *out);
/* Where in the line that was typed the argument stands, for session_refuse_at(); 0: absent. */
size_t cmd_at(const struct cmd_match *m, const char *name);
/* The whole line, keywords spelled out in full, without `no`; for the lines that are kept. */
const char *cmd_line(const struct cmd_match *m);

#endif
