/* Inside the shell: a session, for the files that make it up (session.c, output.c, help.c, cmd_session.c). */
#ifndef SHELL_SESSION_INT_H
#define SHELL_SESSION_INT_H

#include "shell/filter.h"
#include "shell/history.h"
#include "shell/ifrange.h"
#include "shell/logq.h"
#include "shell/match.h"
#include "shell/page.h"
#include "shell/session.h"
#include "shell/tree.h"

#define SESSION_OBJECT_SIZE 80

struct session {
	struct shell *shell;
	enum session_kind kind;
	struct session_io io;
	char line_name[32];
	unsigned tty; /* of struct lines */
	char user[ACCESS_NAME_SIZE];
	struct ip_addr from;
	char folder[256]; /* of flash: */
	unsigned number;  /* in the log of typed configuration, 0: none yet */

	uint64_t began_s; /* CLOCK_MONOTONIC */
	int locker;       /* the thread of who configures alone */

	enum cmd_mode mode;
	char object[SESSION_OBJECT_SIZE];
	struct ifrange range; /* MODE_IF: `object` is one of several */
	unsigned privilege;
	struct session_terminal terminal;
	struct history exec_history, config_history;
	struct logq *logs; /* NULL: it is shown none */
	bool closed;
	struct connections *connections; /* connection.c's, or NULL */
	bool spoke;                      /* something was written */

	/* the command that runs */
	struct tree *tree;
	const struct cmd_match *running;
	enum cmd_result result;
	bool filtered;      /* by a pattern */
	bool locked;        /* this thread holds the control lock */
	bool interruptible; /* session_interrupt_fd() was asked for */

	/* What was printed under the lock waits here: no terminal may hold the lock up. */
	char *pending;
	size_t pending_octets, pending_room;
	struct pager pager;
	/* the line that runs began with an alias: where, how long as typed and as spelled out */
	size_t alias_at, alias_typed, alias_full;
	const char *called; /* the host that was typed alone, while its telnet runs; it has been looked up: */
	struct ip_addr called_address;
	size_t scrolled; /* octets of the line that runs which its terminal shows no more */
	bool at_start;   /* the cursor stands at the beginning of a line */
};

/* The control lock, unless there is no router or this thread has it. True: it was taken, give it back. */
bool session_lock(struct session *s);
void session_unlock(struct session *s, bool taken);

/* typed.c: into the log of typed configuration, if there is one */
void session_note_typed(struct session *s, const struct cmd_match *m, const char *line, size_t octets);

/* output.c */
void output_line(struct session *s, const char *line); /* tree's print: past the filter */
void output_flush(struct session *s);                  /* without the lock */
void output_raw(struct session *s, const char *bytes, size_t octets);

/* help.c */
void error_invalid(struct session *s, size_t at);
void error_incomplete(struct session *s);
void error_no_memory(struct session *s);
void error_ambiguous(struct session *s, const char *line, size_t start, size_t end);
void error_unknown_host(struct session *s);

/* session.c */
struct cmd_scope session_scope(const struct session *s, enum cmd_mode mode);
bool mode_is_config(enum cmd_mode mode);
/* Begins `do` here? Then the offset behind it, else `start`. */
size_t session_do(const struct session *s, const char *line, size_t start, size_t end);
/*
 * The line with the alias it begins with spelled out, to be freed (free_line()); NULL: it begins with none. word: only
 * an alias that ends before this offset counts. Notes where it was, for the caret.
 */
char *session_spell_alias(struct session *s, const char *line, size_t word);
/* The session's own line in the running-config, or NULL. With the lock. */
const struct line_config *session_own_line(const struct session *s);
bool session_watch_log(struct session *s, enum log_sink_kind kind, bool on);

#endif
