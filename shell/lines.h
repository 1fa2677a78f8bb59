/*
 * The lines of the router and who sits on them: con 0, aux 0, vty 0 to 15. A seat is taken when a connection begins and
 * given back when its session has ended; `show users`, `show line`, `clear line` and `send` work on this table.
 *
 * Its lock is a leaf but for the queues of log lines (logq.h): nothing else is taken while it is held, and it may be
 * taken with or without the control lock.
 */
#ifndef SHELL_LINES_H
#define SHELL_LINES_H

#include "config/model.h"

#define LINES_VTY   16
#define LINES_COUNT (2 + LINES_VTY) /* by IOS's tty number: con 0 is 0, aux 0 is 1, vty 0 is 2 */

enum line_end { LINE_END_CONSOLE, LINE_END_LOCAL, LINE_END_TELNET, LINE_END_SSH };

struct lines;

/* One line as it is now. */
struct line_info {
	unsigned tty;
	enum line_kind kind;
	unsigned number; /* 3 of "vty 3" */
	bool active;
	enum line_end end;
	char user[ACCESS_NAME_SIZE]; /* "": nobody logged in yet, or no name was asked */
	struct ip_addr from;         /* family 0: a local end */
	char host[IP_TEXT_SIZE];     /* where it is connected to from here (`telnet`), or "" */
	unsigned mode_config;        /* 1: in configuration */
	uint64_t since_s, idle_s;    /* ago */
	unsigned rows, columns;
	uint64_t uses;             /* since the start */
	uint64_t dropped;          /* octets of output that its terminal did not take in time */
	char cipher[40], hmac[40]; /* of SSH */
};

struct logq;

struct lines *lines_new(void);
void lines_free(struct lines *l); /* no seat may be taken */

/* By tty number. */
void lines_each(struct lines *l, void (*fn)(void *ctx, const struct line_info *i), void *ctx);
bool lines_info(struct lines *l, unsigned tty, struct line_info *out);
/* Ends the session on the line; its thread cleans up. False: nobody is there. */
bool lines_clear(struct lines *l, unsigned tty);
/* Text for the terminals of all lines, or of one (tty; -1: all): shown as a log line is. */
void lines_send(struct lines *l, int tty, const char *text);

/* The tty number of a line. */
unsigned lines_tty(enum line_kind kind, unsigned number);

/* --- for who carries sessions: console.c, vty.c ---- */

/* Who takes a seat. hang_up() ends what sits there; it is called with the table's lock, from any thread, and must not wait. */
struct line_seat {
	enum line_end end;
	struct ip_addr from;
	const char *cipher, *hmac; /* of SSH, or NULL */
	void *ctx;
	void (*hang_up)(void *ctx);
};
/* False: somebody sits there. */
bool lines_sit(struct lines *l, unsigned tty, const struct line_seat *seat);
void lines_leave(struct lines *l, unsigned tty);
/* Something was typed: it is not idle. */
void lines_typed(struct lines *l, unsigned tty);
/* Who it is, its window and what it does now. */
struct line_now {
	const char *user;
	unsigned rows, columns;
	bool config;
};
void lines_note(struct lines *l, unsigned tty, const struct line_now *now);
/* `host`: an address as text; NULL: it is not connected any more. */
void lines_connected(struct lines *l, unsigned tty, const char *host);
void lines_dropped(struct lines *l, unsigned tty, size_t octets);
/* Where lines_send() puts what is for this line's terminal; NULL: nowhere. */
void lines_show_on(struct lines *l, unsigned tty, struct logq *q);

#endif
