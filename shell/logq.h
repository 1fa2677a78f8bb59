/*
 * Log lines on their way to one session. The log's thread puts them in and never waits: when the queue is full the
 * oldest go. The session's thread waits on the descriptor and takes them out.
 */
#ifndef SHELL_LOGQ_H
#define SHELL_LOGQ_H

#include "base/log.h"

#define LOGQ_MESSAGES 2048
#define LOGQ_OCTETS   (512 * 1024)

struct logq;

/* Adds a sink of this kind to the log. NULL when out of memory. */
struct logq *logq_new(struct logger *log, enum log_sink_kind kind);
void logq_free(struct logq *q);
int logq_fd(const struct logq *q); /* readable while something waits */
/* The oldest message, to be freed, or NULL. */
char *logq_take(struct logq *q);

#endif
