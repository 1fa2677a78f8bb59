/* A page of doc/messages as plain text: Markdown's marks are gone, paragraphs are filled, code stays as it is. */
#ifndef EXPLAIN_PLAIN_H
#define EXPLAIN_PLAIN_H

/*
 * Gives the lines to `line`, without line ends. width: columns; 0 as many as it takes. Only code and single words are
 * longer. The title is left out.
 */
void page_plain(const char *page, unsigned width, void (*line)(void *ctx, const char *text), void *ctx);

#endif
