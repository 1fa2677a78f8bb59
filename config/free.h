/* Memory that held a secret. */
#ifndef CONFIG_FREE_H
#define CONFIG_FREE_H

#include "base/wipe.h"

#include <stdlib.h>
#include <string.h>

static inline void free_wiped(void *p, size_t octets)
{
	wipe(p, octets);
	free(p);
}

/* A line that may hold one; NULL is nothing. */
static inline void free_line(char *line)
{
	if (line)
		free_wiped(line, strlen(line));
}

#endif
