/*
 * Log lines and messages of other users on their way to one session. Who puts them in never waits: when the queue is
 * full the oldest go, and a line that says how many is taken out in their place. The session's thread waits on the
 * descriptor and takes them out.
 */
#ifndef SHELL_LOGQ_H
#define SHELL_LOGQ_H

#include "base/log.h"

#define LOGQ_MESSAGES 2048
#define LOGQ_OCTETS   (512 * 1024)

struct logq;

struct logq *logq_new(void); /* NULL when out of memory */
/* Makes it a sink of this kind of the log, or none any more with log NULL. False: out of memory. */
bool logq_watch(struct logq *q, struct logger *log, enum log_sink_kind kind);
bool logq_watches(const struct logq *q);
void logq_put(struct logq *q, const char *text); /* any thread */
void logq_free(struct logq *q);
int logq_fd(const struct logq *q); /* readable while something waits */
/* The oldest message, to be freed, or NULL. */
char *logq_take(struct logq *q);

#endif
