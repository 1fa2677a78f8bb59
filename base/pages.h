/* Memory that is not used for now. */
#ifndef BASE_PAGES_H
#define BASE_PAGES_H

#include <stddef.h>
#include <sys/mman.h>

#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED 24 /* Linux 5.18 */
#endif

/* Whole pages: zeros when they are read again, or what their file holds. MADV_DONTNEED is refused where the process is locked. */
static inline void pages_give_back(void *at, size_t octets)
{
	if (madvise(at, octets, MADV_DONTNEED_LOCKED) != 0)
		(void)madvise(at, octets, MADV_DONTNEED);
}

#endif
