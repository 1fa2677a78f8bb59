/*
 * `logging host`: what the log has goes to syslog servers over UDP, RFC 3164 as IOS sends it ("<189>47: *Mar  1 ...").
 * Sending never waits: what the kernel does not take at once is dropped and counted.
 */
#ifndef SHELL_SYSLOG_H
#define SHELL_SYSLOG_H

#include "shell/session.h"

#define SYSLOG_PORT  514
#define SYSLOG_HOSTS 16

struct syslog;

struct syslog_count {
	struct ip_addr address;
	unsigned port;
	bool up; /* there is a way to it */
	unsigned sent, dropped;
};

/* Takes the log's messages until it is freed. NULL when out of memory. */
struct syslog *syslog_new(struct logger *log);
void syslog_free(struct syslog *y);
/* Makes it follow the running-config; with the control lock. Hosts that stay keep their counts. */
void syslog_configure(struct syslog *y, struct config *c);
size_t syslog_counts(struct syslog *y, struct syslog_count out[SYSLOG_HOSTS]);
/* The names, sorted, for the command's row. */
extern const struct cmd_choice syslog_facilities[];

#endif
