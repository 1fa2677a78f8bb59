/*
 * Hash tables that are part of their elements (uthash). Without memory for its table an element is not added:
 * hash_has() tells, and whoever added it takes it back.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdbool.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

static inline bool hash_has(const UT_hash_handle *hh)
{
	return hh->tbl != NULL;
}

#endif
