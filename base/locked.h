/*
 * Memory for keys and passwords that stay: never swapped out, in no core file, and wiped when it goes back. OpenSSL's secure
 * heap is behind it, so private keys that OpenSSL makes (Diffie-Hellman's, the SSH server's RSA key) lie in it too. It is of one
 * size, of which only what is used costs memory; what it has no room for, or is asked for before it was opened (tests,
 * `mainmode check`), comes from the ordinary heap and is wiped as well. Thread-safe.
 */
#ifndef BASE_LOCKED_H
#define BASE_LOCKED_H

#include <stdbool.h>
#include <stddef.h>

#define LOCKED_OCTETS     ((size_t)16 << 20) /* the keys of some thousand tunnels */
#define LOCKED_OCTETS_MIN ((size_t)256 << 10)

/*
 * Once per process, before the first thread. Asks for less where RLIMIT_MEMLOCK is small. False: nothing could be locked; the
 * memory is still in no core file.
 */
bool locked_open(void);
/* Zeroed, aligned to a cache line; NULL: not opened, or full but for what is left to OpenSSL. */
void *locked_try(size_t octets);
/* The same or ordinary memory. NULL: none. */
void *locked_calloc(size_t count, size_t octets);
/* Of either, and of the ordinary heap; octets as it was asked for. NULL is nothing. */
void locked_free(void *p, size_t octets);

#endif
