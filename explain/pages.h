/* explain/pages.c, which explain/pages.awk makes. */
#ifndef EXPLAIN_PAGES_H
#define EXPLAIN_PAGES_H

#include "explain/page.h"

extern const struct message_page message_pages[];
extern const size_t message_page_count;

#endif
