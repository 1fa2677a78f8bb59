/*
 * Reads a log of any size in one pass, in memory that grows with the number of peers only (explain/story.h). Time is linear.
 */
#ifndef EXPLAIN_READ_H
#define EXPLAIN_READ_H

#include "explain/story.h"

#include <stdio.h>

struct reader;

/* NULL when out of memory. */
struct reader *reader_new(const struct message_catalog *c);
/* Any piece of the log; lines may lie across pieces. False: out of memory, and nothing more is taken. */
bool reader_feed(struct reader *r, const char *piece, size_t octets);
/* The end of the log. The caller's, story_free(). NULL when out of memory. Frees the reader. */
struct story *reader_end(struct reader *r);
void story_free(struct story *s);

/* 0, or a negative errno of writing. Width: columns to wrap at. */
int story_text(const struct story *s, FILE *out, unsigned width);
int story_json(const struct story *s, FILE *out);
/* One page that needs nothing else. title: the name of the log. */
int story_html(const struct story *s, FILE *out, const char *title);

#endif
