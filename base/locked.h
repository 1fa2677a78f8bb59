/*
 * Memory for keys and passwords that stay: never swapped out, in no core file, and wiped when it goes back. OpenSSL's secure
 * heap is behind it, so private keys that OpenSSL makes (Diffie-Hellman's, the SSH server's RSA key) lie in it too. It is of one
 * size, of which only what is used costs memory; what it has no room for, or is asked for before it was opened (tests,
 * `mainmode check`), comes from the ordinary heap and is wiped as well. Thread-safe.
 *
 * Beside it, where the kernel lets it, the whole process is locked as it is touched: OpenSSL's key schedules are in the ordinary
 * heap, and what is computed with a key is on a stack.
 */
#ifndef BASE_LOCKED_H
#define BASE_LOCKED_H

#include <stdbool.h>
#include <stddef.h>

#define LOCKED_OCTETS     ((size_t)16 << 20) /* the keys of some thousand tunnels */
#define LOCKED_OCTETS_MIN ((size_t)256 << 10)

enum locked {
	LOCKED_NOTHING, /* it may be swapped out; it is in no core file all the same */
	LOCKED_KEYS,    /* what lies here is never swapped out; what else the process has may be */
	LOCKED_ALL      /* all of the process, now and later */
};

/*
 * Once per process, before the first thread. Of this memory it asks for less where RLIMIT_MEMLOCK is small; all is locked where there
 * is no limit, or one that does not count for us.
 */
enum locked locked_open(void);
/* Was there once too little room? What did not find any is in ordinary memory. */
bool locked_was_full(void);
/* Zeroed, aligned to a cache line; NULL: not opened, or full but for what is left to OpenSSL. */
void *locked_try(size_t octets);
/* The same or ordinary memory. NULL: none. */
void *locked_calloc(size_t count, size_t octets);
/* Of either, and of the ordinary heap; octets as it was asked for. NULL is nothing. */
void locked_free(void *p, size_t octets);

/*
 * Much was freed: locked_tick() gives what malloc() keeps of it back to the system. What is locked cannot be, so for the moment that
 * takes malloc()'s heaps are not; the heap for keys is, all the time.
 */
void locked_loosen(void);
/* Every second, by one thread. */
void locked_tick(void);

#endif
