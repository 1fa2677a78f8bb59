/* Memory that held a secret. */
#ifndef CONFIG_FREE_H
#define CONFIG_FREE_H

#include "base/wipe.h"

#include <stdlib.h>

static inline void free_wiped(void *p, size_t octets)
{
	wipe(p, octets);
	free(p);
}

#endif
