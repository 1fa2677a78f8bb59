/*
 * One user's line: the mode stack, privilege, terminal settings, history, paging and filters. The console, a vty on
 * the local socket and the startup-config loader are sessions with different ends (struct session_io).
 *
 * Handlers (cmd_*.c) print with session_line()/session_text(), ask with session_ask(), and change modes with
 * session_enter(). Output goes through libcli's print (filters), then paging, to the terminal with CR LF.
 */
#ifndef SHELL_SESSION_H
#define SHELL_SESSION_H

#include "router/router.h"
#include "shell/cmd.h"

#include <stdarg.h>

struct session;
struct nvram;
struct aaa;
struct lines;
struct sys;
struct cfglog;

enum session_kind { SESSION_CONSOLE, SESSION_VTY, SESSION_LOADER, SESSION_TEST };

/* What every session shares. Wired by main. */
struct shell {
	struct router *router; /* NULL in tests of the shell alone and in `mainmode check` */
	struct config *config; /* the running-config */
	struct logger *log;
	struct nvram *nvram;
	struct aaa *aaa;       /* shell/aaa.h; NULL where nobody logs in */
	struct lines *lines;   /* shell/lines.h; NULL in tests of single commands */
	const char *state_dir; /* of flash: and the host keys; NULL: there is none */
	const char *identity;  /* `boot --identity`: the first line of `show version`, or NULL */
	const struct cmd_table *tables;
	size_t table_count;
	void *main;                         /* main's own, for the next ones */
	void (*request_reload)(void *main); /* the process boots again; the log has it already */
	void (*config_applied)(void *main); /* after each accepted change, with the control lock: services look at it */
	void (*exec_stamp)(struct session *s); /* shell/stamp.h; NULL where there is nothing to tell */
	unsigned (*vty_count)(void *main);
	struct timespec config_changed, nvram_changed; /* "Last configuration change at"; tv_sec 0: never */
	const struct session *config_lock;             /* `configure terminal lock`: whose, or NULL */
	bool config_dirty;                             /* running differs from saved */
	char changed_by[64], nvram_changed_by[64];     /* the user, "" when nobody logged in */
	char reload_reason[128];                       /* of the reload to come, then of the one that was; "": none */
	struct sys *sys;                               /* shell/sys.h; NULL in tests */
	struct cfglog *cfglog;                         /* shell/cfglog.h, likewise */
	uint64_t boot_s;                               /* CLOCK_MONOTONIC at start */
};

/* The control lock; nothing where there is no router. */
static inline void shell_lock(const struct shell *sh)
{
	if (sh->router)
		router_lock(sh->router);
}

static inline void shell_unlock(const struct shell *sh)
{
	if (sh->router)
		router_unlock(sh->router);
}

struct shell *session_shell(struct session *s);
struct config *session_config(struct session *s);
struct router *session_router(struct session *s); /* NULL: there is none */
enum session_kind session_kind(const struct session *s);
/* As the log names whoever did it: "console", "vty0". */
const char *session_line_name(const struct session *s);
/* Who logged in, "" when no name was asked; where from, family 0: a local end. */
const char *session_user(const struct session *s);
void session_set_user(struct session *s, const char *user);
/* A host that was typed alone and runs as its telnet has been looked up: once is enough. */
bool session_called(const struct session *s, const char *host, struct ip_addr *out);
const struct ip_addr *session_from(const struct session *s);
void session_set_from(struct session *s, const struct ip_addr *from);
unsigned session_tty(const struct session *s); /* of struct lines */

/* The folder of flash: that `cd` went to, without a slash at its ends. */
const char *session_folder(const struct session *s);
void session_set_folder(struct session *s, const char *path);
/* The running-config was changed, with the lock: it is not saved, the router follows it, services look at it. */
void shell_changed(struct shell *sh);
/* The router's clock. */
void shell_now(const struct shell *sh, struct timespec *out);

/* --- printing ---- */

/* One line, no line end in fmt (a "\n" inside starts another line). Goes through the filters. */
void session_line(struct session *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Does a pattern choose among the lines of the command that runs? IOS leaves out what announces them then. */
bool session_filtered(const struct session *s);
/* Part of a line: no filter, no paging, at once on the terminal (ping's "!"). */
void session_text(struct session *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

struct cmd_match;
/* The caret under an argument of the command that runs, or `within` octets behind its beginning. */
void session_refuse_at(struct session *s, const struct cmd_match *m, const char *name, size_t within);

/* --- asking ---- */

/*
 * Prints prompt and reads one line of answer (echoed; not when secret). False: Ctrl-C, or the line closed.
 * [confirm] prompts: session_confirm() takes Return or y without waiting for a line end.
 * The control lock is given up while the user thinks: what was looked up before must be looked up again. A handler
 * that runs unlocked must not hold the lock itself when it asks.
 */
bool session_ask(struct session *s, const char *prompt, bool secret, char *answer, size_t size);
bool session_confirm(struct session *s, const char *prompt);
/* Like session_ask(); *expired: the answer did not come in timeout_ms. */
bool session_ask_within(struct session *s, const char *prompt, bool secret, char *answer, size_t size, int timeout_ms,
			bool *expired);
/* Readable when the user typed the escape sequence (Ctrl-^ or Ctrl-Shift-6, and Ctrl-C): for ping. */
int session_interrupt_fd(struct session *s);
enum session_wait { SESSION_WAIT_KEY, SESSION_WAIT_OTHER, SESSION_WAIT_TIMEOUT, SESSION_WAIT_CLOSED };
/*
 * For a command that talks to another host: what comes first, a key of the user's or other_fd (or -1), within timeout_ms
 * (-1: for ever). Without the control lock.
 */
enum session_wait session_wait(struct session *s, int other_fd, int timeout_ms, unsigned char *key);

/* --- modes ---- */

enum cmd_mode session_mode(const struct session *s);
/*
 * Enters a mode of configuration; object is the name or number the mode is about ("Ethernet0/0", "10"; of a line its
 * kind and numbers: "con 0", "vty 0 4").
 */
void session_enter(struct session *s, enum cmd_mode mode, const char *object);
/* MODE_IF for several interfaces at once: each line is run for every one of them. Takes the names over. */
struct ifrange;
void session_enter_range(struct session *s, struct ifrange *range);
const char *session_object(const struct session *s);
/* interface mode: the interface being configured, never NULL in MODE_IF. Likewise for the others. */
struct interface *session_interface(struct session *s);
struct isakmp_policy *session_policy(struct session *s);
struct transform_set *session_transform_set(struct session *s);
struct ipsec_profile *session_profile(struct session *s);
struct isakmp_keyring *session_keyring(struct session *s);
struct isakmp_profile *session_isakmp_profile(struct session *s);
struct isakmp_peer *session_isakmp_peer(struct session *s);
struct line_config *session_line_config(struct session *s);
/* Of the three modes of access lists; NULL also when another session has made the name a list of another kind. */
struct acl *session_acl(struct session *s);

unsigned session_privilege(const struct session *s);
void session_set_privilege(struct session *s, unsigned level);
/*
 * `configure terminal`, with the control lock. alone: nobody else may until this session leaves configuration. False:
 * another one is alone in it, which is said.
 */
bool session_configure(struct session *s, bool alone);
void session_end_config(struct session *s); /* back to EXEC, logs %SYS-5-CONFIG_I */

/* terminal length|width|monitor|history|editing, exec prompt timestamp */
struct session_terminal {
	unsigned length, width; /* 0: unlimited */
	bool monitor;
	bool no_editing;
	bool timestamp; /* `terminal exec prompt timestamp` */
	unsigned history_size;
};
struct session_terminal *session_terminal(struct session *s);
/* History of EXEC commands, oldest first. */
void session_each_history(struct session *s, void (*fn)(void *ctx, const char *line), void *ctx);

/* --- running a line: the console, the vty and the loader call this ---- */

enum session_verdict {
	SESSION_ACCEPTED,
	SESSION_REJECTED_LINE, /* an error was printed */
	SESSION_CLOSED,
};
enum session_verdict session_run(struct session *s, const char *line);
/* For the loader, which has a line of the session's mode matched already: its handler, and nothing around it. */
enum session_verdict session_run_match(struct session *s, const struct cmd_match *m);
/* The prompt as it stands: "R2(config-if)#". */
void session_prompt(struct session *s, char *buf, size_t size);

/* Where a session's bytes go and come from. */
struct session_io {
	void *ctx;
	void (*write)(void *ctx, const char *bytes, size_t octets); /* already with CR LF */
	/* Blocks for the next byte; -1: closed. NULL: the session cannot ask (loader). */
	int (*read)(void *ctx);
	/* The same, but -2 when none came in time. NULL: questions wait for ever. */
	int (*read_within)(void *ctx, int timeout_ms);
	/* Waits for a key, which read() has then, or until other_fd (or -1) is readable. NULL: nobody types. */
	enum session_wait (*wait)(void *ctx, int other_fd, int timeout_ms);
	/* The terminal does not take what is written: log lines wait. NULL: it always does. */
	bool (*stalled)(void *ctx);
	int (*interrupt_fd)(void *ctx);
	/* The command that asked for the descriptor is over; NULL: nobody need know. */
	void (*interrupt_done)(void *ctx);
	bool lines; /* what is read comes in whole lines: a single key is a line too */
};
/*
 * line_name: "console", "vty0". A loader begins in global configuration, a test at privileged EXEC with unlimited
 * length; a console and a vty take privilege, length, width and history of their line in the running-config. NULL
 * when out of memory.
 */
struct session *session_new(struct shell *sh, enum session_kind kind, const struct session_io *io,
			    const char *line_name);
void session_free(struct session *s);

/* --- for the ends of a session (console.c, vty.c): what happens between two lines ---- */

struct history;

/* Readable when log lines wait; -1: this session is shown none. */
int session_log_fd(const struct session *s);
/* Prints them, each from the beginning of a line. False: there was none. */
bool session_print_logs(struct session *s);
bool session_logging_synchronous(struct session *s);
/* `exec-timeout` in milliseconds, -1: none. */
int session_idle_ms(struct session *s);
/* Something was shown to the user already. */
bool session_spoke(const struct session *s);
/* What the table of lines says of this session is brought up to date. */
void session_note(struct session *s);
/* `?` after what was typed: prints the help, not the prompt. */
void session_help(struct session *s, const char *typed);
/* Tab typed after text: true, and the text with its last word in full. */
bool session_complete(struct session *s, const char *text, char *out, size_t size);
/* Ctrl-C: leaves configuration. Ctrl-Z after text: runs it, then leaves configuration. */
enum session_verdict session_break(struct session *s);
enum session_verdict session_run_and_end(struct session *s, const char *text);
/* Of the mode: EXEC and configuration have one each. */
const struct history *session_history(const struct session *s);
/* Bytes as they are, between commands: echo, prompts. */
void session_write(struct session *s, const char *bytes, size_t octets);

#endif
