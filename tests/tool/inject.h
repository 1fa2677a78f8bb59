/*
 * Faults on order. inject.so stands between the router and its libraries (LD_PRELOAD) and takes its orders from a file
 * that both it and inject_ctl map: INJECT names it. It works in a program called mainmode and in nothing that starts.
 *
 * A call site is a function, the kind of descriptor, and where in the router's own code the call comes from (the first
 * return address there; a call of a library's leads up to who called the library).
 */
#ifndef TESTS_TOOL_INJECT_H
#define TESTS_TOOL_INJECT_H

#include <stdatomic.h>
#include <stdint.h>

#define INJECT_SITES 8192 /* room in the table, a power of two */

enum inject_mode {
	INJECT_OFF,
	INJECT_WATCH, /* sites are counted */
	INJECT_TRACE, /* calls that change files are written to INJECT.trace */
	INJECT_KILL,  /* the process is killed before the k-th call that changes a file */
	INJECT_FAIL,  /* one site fails */
	INJECT_STORM, /* each site fails once */
};

/* What a descriptor leads to; FD_NONE: the function takes none. */
enum inject_fd { FD_NONE, FD_FILE, FD_FOLDER, FD_STREAM, FD_SOCKET, FD_PIPE, FD_DEVICE, FD_OTHER };

struct inject_site {
	atomic_uint_fast64_t key; /* 0: free; function, kind and offset in the program */
	atomic_uint hits, failed;
	atomic_int last_error;
};

struct inject {
	atomic_int mode;
	atomic_uint k;                    /* KILL: calls left */
	atomic_uint seed, gap_ms;         /* STORM: what fails how; between two failures */
	atomic_uint_fast64_t key;         /* FAIL: which site */
	atomic_uint nth, count;           /* FAIL: its first call that fails, and how many do */
	atomic_int error;                 /* FAIL: errno, or -1 for half of what was asked */
	atomic_int_fast64_t realtime_ns;  /* added to what the wall clock says */
	atomic_int_fast64_t monotonic_ns; /* and to CLOCK_MONOTONIC and CLOCK_BOOTTIME */
	atomic_int_fast64_t last_ms;      /* STORM: when something failed last */
	atomic_uint failures;
	struct inject_site sites[INJECT_SITES];
};

#define INJECT_SHORT (-1)

#define INJECT_FUNCTIONS(X)                                                                                            \
	X(open)                                                                                                        \
	X(openat)                                                                                                      \
	X(mkostemp)                                                                                                    \
	X(fopen)                                                                                                       \
	X(opendir)                                                                                                     \
	X(fdopendir)                                                                                                   \
	X(fstat)                                                                                                       \
	X(fstatat)                                                                                                     \
	X(read)                                                                                                        \
	X(write)                                                                                                       \
	X(fsync)                                                                                                       \
	X(ftruncate)                                                                                                   \
	X(fchmod)                                                                                                      \
	X(rename)                                                                                                      \
	X(renameat)                                                                                                    \
	X(unlink)                                                                                                      \
	X(unlinkat)                                                                                                    \
	X(mkdir)                                                                                                       \
	X(mkdirat)                                                                                                     \
	X(link)                                                                                                        \
	X(flock)                                                                                                       \
	X(statvfs)                                                                                                     \
	X(copy_file_range)                                                                                             \
	X(socket)                                                                                                      \
	X(socketpair)                                                                                                  \
	X(accept4)                                                                                                     \
	X(accept)                                                                                                      \
	X(bind)                                                                                                        \
	X(listen)                                                                                                      \
	X(connect)                                                                                                     \
	X(setsockopt)                                                                                                  \
	X(getsockopt)                                                                                                  \
	X(send)                                                                                                        \
	X(sendto)                                                                                                      \
	X(sendmsg)                                                                                                     \
	X(sendmmsg)                                                                                                    \
	X(recv)                                                                                                        \
	X(recvfrom)                                                                                                    \
	X(recvmsg)                                                                                                     \
	X(recvmmsg)                                                                                                    \
	X(readv)                                                                                                       \
	X(writev)                                                                                                      \
	X(epoll_create1)                                                                                               \
	X(epoll_ctl)                                                                                                   \
	X(epoll_wait)                                                                                                  \
	X(poll)                                                                                                        \
	X(timerfd_create)                                                                                              \
	X(timerfd_settime)                                                                                             \
	X(eventfd)                                                                                                     \
	X(pipe2)                                                                                                       \
	X(dup)                                                                                                         \
	X(dup2)                                                                                                        \
	X(fcntl)                                                                                                       \
	X(ioctl)                                                                                                       \
	X(mmap)                                                                                                        \
	X(memfd_create)                                                                                                \
	X(pthread_create)                                                                                              \
	X(getrandom)                                                                                                   \
	X(posix_spawn)                                                                                                 \
	X(posix_spawnp)                                                                                                \
	X(fork)                                                                                                        \
	X(RAND_bytes)                                                                                                  \
	X(malloc)                                                                                                      \
	X(calloc)                                                                                                      \
	X(realloc)                                                                                                     \
	X(reallocarray)                                                                                                \
	X(aligned_alloc)                                                                                               \
	X(open_memstream)                                                                                              \
	X(strdup)                                                                                                      \
	X(strndup)                                                                                                     \
	X(asprintf)                                                                                                    \
	X(close)

enum inject_function {
#define INJECT_ENUM(name) INJECT_##name,
	INJECT_FUNCTIONS(INJECT_ENUM)
#undef INJECT_ENUM
		INJECT_COUNT
};

/* errnos a function may fail with on such a descriptor, ended by 0; none: it is left alone. */
const int *inject_errors(enum inject_function f, enum inject_fd kind);
const char *inject_name(enum inject_function f);

static inline uint64_t inject_key(enum inject_function f, enum inject_fd kind, uint64_t offset)
{
	return ((uint64_t)f + 1) << 48 | (uint64_t)kind << 40 | (offset & 0xffffffffff);
}

static inline enum inject_function inject_key_function(uint64_t key)
{
	return (enum inject_function)((key >> 48) - 1);
}

static inline enum inject_fd inject_key_kind(uint64_t key)
{
	return (enum inject_fd)(key >> 40 & 0xff);
}

#endif
