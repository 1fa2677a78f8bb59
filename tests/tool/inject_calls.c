/* inject.so: the functions that it puts in front of those of libc and libcrypto. */
#undef _FORTIFY_SOURCE
#define _GNU_SOURCE
#include "tests/tool/inject_lib.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define CALLER __builtin_return_address(0)

/* What comes next is what the program would have called without this library: libasan's, or libc's. */
static void *next(const char *name)
{
	void *at = dlsym(RTLD_NEXT, name);

	if (!at)
		abort();
	return at;
}

#define NEXT(name) __typeof__(&name) real = (__typeof__(&name))(next_##name ? next_##name : (next_##name = next(#name)))

/* CALL(result, what it returns when it fails, name, (parameters), (arguments), descriptor or -1, flags) */
#define CALL(type_, failed_, name_, params_, args_, fd_, flags_)                                                       \
	type_ name_ params_                                                                                            \
	{                                                                                                              \
		static void *next_##name_;                                                                             \
		NEXT(name_);                                                                                           \
		int error = inject_verdict(INJECT_##name_, fd_, flags_, CALLER);                                       \
                                                                                                                       \
		if (error) {                                                                                           \
			errno = error;                                                                                 \
			return failed_;                                                                                \
		}                                                                                                      \
		return real args_;                                                                                     \
	}

/* The same of one that changes a file. */
#define FILE_CALL(type_, failed_, name_, params_, args_, fd_, a_, b_)                                                  \
	type_ name_ params_                                                                                            \
	{                                                                                                              \
		static void *next_##name_;                                                                             \
		NEXT(name_);                                                                                           \
		int error = inject_verdict(INJECT_##name_, -1, 0, CALLER);                                             \
                                                                                                                       \
		if (error) {                                                                                           \
			errno = error;                                                                                 \
			return failed_;                                                                                \
		}                                                                                                      \
		inject_file_call(#name_, fd_, a_, b_);                                                                 \
		return real args_;                                                                                     \
	}

/* --- files ---- */

#define MODE_OF(flags_, mode_)                                                                                         \
	mode_t mode_ = 0;                                                                                              \
	if ((flags_) & (O_CREAT | O_TMPFILE)) {                                                                        \
		va_list ap;                                                                                            \
		va_start(ap, flags_);                                                                                  \
		mode_ = va_arg(ap, mode_t);                                                                            \
		va_end(ap);                                                                                            \
	}

int open(const char *path, int flags, ...)
{
	static void *next_open;
	NEXT(open);
	int error = inject_verdict(INJECT_open, -1, 0, CALLER);
	MODE_OF(flags, mode)

	if (error) {
		errno = error;
		return -1;
	}
	inject_file_call(flags & O_CREAT ? "create" : "open", -1, path, NULL);
	return real(path, flags, mode);
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));

int openat(int folder, const char *path, int flags, ...)
{
	static void *next_openat;
	NEXT(openat);
	int error = inject_verdict(INJECT_openat, -1, 0, CALLER);
	MODE_OF(flags, mode)

	if (error) {
		errno = error;
		return -1;
	}
	inject_file_call(flags & O_CREAT ? "create" : "open", folder, path, NULL);
	return real(folder, path, flags, mode);
}

int openat64(int folder, const char *path, int flags, ...) __attribute__((alias("openat")));

FILE_CALL(int, -1, mkostemp, (char *path, int flags), (path, flags), -1, path, NULL)
FILE_CALL(FILE *, NULL, fopen, (const char *path, const char *mode), (path, mode), -1, path, NULL)
FILE_CALL(DIR *, NULL, opendir, (const char *path), (path), -1, path, NULL)
FILE_CALL(DIR *, NULL, fdopendir, (int fd), (fd), fd, NULL, NULL)
FILE_CALL(int, -1, fsync, (int fd), (fd), fd, NULL, NULL)
FILE_CALL(int, -1, ftruncate, (int fd, off_t octets), (fd, octets), fd, NULL, NULL)
FILE_CALL(int, -1, fchmod, (int fd, mode_t mode), (fd, mode), fd, NULL, NULL)
FILE_CALL(int, -1, rename, (const char *a, const char *b), (a, b), -1, a, b)
FILE_CALL(int, -1, renameat, (int at, const char *a, int bt, const char *b), (at, a, bt, b), at, a, b)
FILE_CALL(int, -1, unlink, (const char *path), (path), -1, path, NULL)
FILE_CALL(int, -1, unlinkat, (int at, const char *path, int flags), (at, path, flags), at, path, NULL)
FILE_CALL(int, -1, mkdir, (const char *path, mode_t mode), (path, mode), -1, path, NULL)
FILE_CALL(int, -1, mkdirat, (int at, const char *path, mode_t mode), (at, path, mode), at, path, NULL)
FILE_CALL(int, -1, link, (const char *a, const char *b), (a, b), -1, a, b)
FILE_CALL(int, -1, flock, (int fd, int how), (fd, how), fd, NULL, NULL)
CALL(int, -1, fstat, (int fd, struct stat *st), (fd, st), -1, 0)
CALL(int, -1, fstatat, (int at, const char *path, struct stat *st, int flags), (at, path, st, flags), -1, 0)
CALL(int, -1, statvfs, (const char *path, struct statvfs *st), (path, st), -1, 0)

ssize_t copy_file_range(int in, off_t *at_in, int out, off_t *at_out, size_t octets, unsigned flags)
{
	static void *next_copy_file_range;
	NEXT(copy_file_range);
	int error = inject_verdict(INJECT_copy_file_range, -1, 0, CALLER);

	if (error) {
		errno = error;
		return -1;
	}
	inject_file_call("write", out, NULL, NULL);
	return real(in, at_in, out, at_out, octets, flags);
}

int close(int fd)
{
	static void *next_close;
	NEXT(close);

	inject_file_call("close", fd, NULL, NULL);
	return real(fd);
}

ssize_t read(int fd, void *bytes, size_t octets)
{
	static void *next_read;
	NEXT(read);
	int error = inject_verdict(INJECT_read, fd, 0, CALLER);

	if (error == INJECT_SHORT && octets > 1)
		octets /= 2;
	else if (error > 0) {
		errno = error;
		return -1;
	}
	return real(fd, bytes, octets);
}

ssize_t write(int fd, const void *bytes, size_t octets)
{
	static void *next_write;
	NEXT(write);
	/* one octet is taken: a pipe, as libevent has it for signals, or a terminal has room for that */
	int error = octets == 1 ? 0 : inject_verdict(INJECT_write, fd, 0, CALLER);

	if (error == INJECT_SHORT && octets > 1)
		octets /= 2;
	else if (error > 0) {
		errno = error;
		return -1;
	}
	inject_file_call("write", fd, NULL, NULL);
	return real(fd, bytes, octets);
}

/* --- sockets ---- */

ssize_t send(int fd, const void *bytes, size_t octets, int flags)
{
	static void *next_send;
	NEXT(send);
	int error = inject_verdict(INJECT_send, fd, flags, CALLER);

	if (error == INJECT_SHORT && octets > 1)
		octets /= 2;
	else if (error > 0) {
		errno = error;
		return -1;
	}
	return real(fd, bytes, octets, flags);
}

ssize_t recv(int fd, void *bytes, size_t octets, int flags)
{
	static void *next_recv;
	NEXT(recv);
	int error = inject_verdict(INJECT_recv, fd, flags, CALLER);

	if (error == INJECT_SHORT && octets > 1)
		octets /= 2;
	else if (error > 0) {
		errno = error;
		return -1;
	}
	return real(fd, bytes, octets, flags);
}

/* Of what is scattered, the half is the whole: they are asked to come again. */
#define SCATTERED(type_, name_, params_, args_, fd_, flags_)                                                           \
	type_ name_ params_                                                                                            \
	{                                                                                                              \
		static void *next_##name_;                                                                             \
		NEXT(name_);                                                                                           \
		int error = inject_verdict(INJECT_##name_, fd_, flags_, CALLER);                                       \
                                                                                                                       \
		if (error) {                                                                                           \
			errno = error == INJECT_SHORT ? EINTR : error;                                                 \
			return -1;                                                                                     \
		}                                                                                                      \
		return real args_;                                                                                     \
	}

SCATTERED(ssize_t, sendto, (int fd, const void *p, size_t n, int flags, __CONST_SOCKADDR_ARG to, socklen_t octets),
	  (fd, p, n, flags, to, octets), fd, flags)
SCATTERED(ssize_t, recvfrom, (int fd, void *p, size_t n, int flags, __SOCKADDR_ARG from, socklen_t *octets),
	  (fd, p, n, flags, from, octets), fd, flags)
SCATTERED(ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags), (fd, m, flags), fd, flags)
SCATTERED(ssize_t, recvmsg, (int fd, struct msghdr *m, int flags), (fd, m, flags), fd, flags)
SCATTERED(int, sendmmsg, (int fd, struct mmsghdr *m, unsigned n, int flags), (fd, m, n, flags), fd, flags)
SCATTERED(int, recvmmsg, (int fd, struct mmsghdr *m, unsigned n, int flags, struct timespec *t), (fd, m, n, flags, t),
	  fd, flags)
SCATTERED(ssize_t, readv, (int fd, const struct iovec *v, int n), (fd, v, n), fd, 0)
SCATTERED(ssize_t, writev, (int fd, const struct iovec *v, int n), (fd, v, n), fd, 0)

CALL(int, -1, socket, (int domain, int type, int protocol), (domain, type, protocol), -1, 0)
CALL(int, -1, socketpair, (int domain, int type, int protocol, int fd[2]), (domain, type, protocol, fd), -1, 0)
CALL(int, -1, accept, (int fd, __SOCKADDR_ARG from, socklen_t *n), (fd, from, n), fd, 0)
CALL(int, -1, accept4, (int fd, __SOCKADDR_ARG from, socklen_t *n, int flags), (fd, from, n, flags), fd, 0)
CALL(int, -1, bind, (int fd, __CONST_SOCKADDR_ARG at, socklen_t n), (fd, at, n), -1, 0)
CALL(int, -1, listen, (int fd, int n), (fd, n), -1, 0)
CALL(int, -1, connect, (int fd, __CONST_SOCKADDR_ARG to, socklen_t n), (fd, to, n), fd, 0)
CALL(int, -1, setsockopt, (int fd, int level, int name, const void *value, socklen_t n), (fd, level, name, value, n),
     -1, 0)
CALL(int, -1, getsockopt, (int fd, int level, int name, void *value, socklen_t *n), (fd, level, name, value, n), -1, 0)

/* --- events, processes, memory ---- */

CALL(int, -1, epoll_create1, (int flags), (flags), -1, 0)
CALL(int, -1, epoll_ctl, (int ep, int op, int fd, struct epoll_event *e), (ep, op, fd, e), -1, 0)
CALL(int, -1, epoll_wait, (int ep, struct epoll_event *e, int n, int ms), (ep, e, n, ms), -1, 0)
CALL(int, -1, poll, (struct pollfd * p, nfds_t n, int ms), (p, n, ms), -1, 0)
CALL(int, -1, timerfd_create, (clockid_t clock, int flags), (clock, flags), -1, 0)
CALL(int, -1, eventfd, (unsigned n, int flags), (n, flags), -1, 0)
CALL(int, -1, pipe2, (int fd[2], int flags), (fd, flags), -1, 0)
CALL(int, -1, dup, (int fd), (fd), -1, 0)
CALL(int, -1, dup2, (int fd, int to), (fd, to), -1, 0)
CALL(void *, MAP_FAILED, mmap, (void *at, size_t n, int prot, int flags, int fd, off_t from),
     (at, n, prot, flags, fd, from), -1, 0)
CALL(int, -1, memfd_create, (const char *name, unsigned flags), (name, flags), -1, 0)
CALL(int, error, pthread_create, (pthread_t * t, const pthread_attr_t *a, void *(*fn)(void *), void *ctx),
     (t, a, fn, ctx), -1, 0)
CALL(ssize_t, -1, getrandom, (void *p, size_t n, unsigned flags), (p, n, flags), -1, 0)
CALL(int, error, posix_spawn,
     (pid_t * pid, const char *path, const posix_spawn_file_actions_t *f, const posix_spawnattr_t *a,
      char *const argv[], char *const env[]),
     (pid, path, f, a, argv, env), -1, 0)
CALL(int, error, posix_spawnp,
     (pid_t * pid, const char *path, const posix_spawn_file_actions_t *f, const posix_spawnattr_t *a,
      char *const argv[], char *const env[]),
     (pid, path, f, a, argv, env), -1, 0)
CALL(pid_t, -1, fork, (void), (), -1, 0)

int seccomp_load(void *rules);
int seccomp_load(void *rules)
{
	static void *next_seccomp_load;
	NEXT(seccomp_load);
	int rc = real(rules);

	inject_thread_bound();
	return rc;
}

int RAND_bytes(unsigned char *bytes, int octets);
CALL(int, 0, RAND_bytes, (unsigned char *bytes, int octets), (bytes, octets), -1, 0)

int ioctl(int fd, unsigned long request, ...)
{
	static void *next_ioctl;
	NEXT(ioctl);
	int error = inject_verdict(INJECT_ioctl, -1, 0, CALLER);
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (error) {
		errno = error;
		return -1;
	}
	return real(fd, request, arg);
}

CALL(void *, NULL, malloc, (size_t n), (n), -1, 0)
CALL(void *, NULL, realloc, (void *p, size_t n), (p, n), -1, 0)
CALL(void *, NULL, reallocarray, (void *p, size_t n, size_t m), (p, n, m), -1, 0)
CALL(void *, NULL, aligned_alloc, (size_t a, size_t n), (a, n), -1, 0)
CALL(FILE *, NULL, open_memstream, (char **p, size_t *n), (p, n), -1, 0)
CALL(char *, NULL, strdup, (const char *s), (s), -1, 0)
CALL(char *, NULL, strndup, (const char *s, size_t n), (s, n), -1, 0)

/* dlsym() may want some before it can say where calloc is. */
void *calloc(size_t n, size_t m)
{
	static void *next_calloc;
	static __thread bool asking;
	static _Alignas(16) char early[4096];
	static size_t used;

	if (asking) {
		void *p = early + used;

		used += (n * m + 15) & ~(size_t)15;
		return used <= sizeof(early) ? p : NULL;
	}
	asking = !next_calloc;
	NEXT(calloc);
	asking = false;
	if (inject_verdict(INJECT_calloc, -1, 0, CALLER)) {
		errno = ENOMEM;
		return NULL;
	}
	return real(n, m);
}

int asprintf(char **out, const char *fmt, ...)
{
	static void *next_vasprintf;
	NEXT(vasprintf);
	int error = inject_verdict(INJECT_asprintf, -1, 0, CALLER), n;
	va_list ap;

	if (error) {
		errno = error;
		return -1;
	}
	va_start(ap, fmt);
	n = real(out, fmt, ap);
	va_end(ap);
	return n;
}

/* With _FORTIFY_SOURCE. */
int __asprintf_chk(char **out, int flag, const char *fmt, ...);
int __asprintf_chk(char **out, int flag, const char *fmt, ...)
{
	static void *next_vasprintf;
	NEXT(vasprintf);
	int error = inject_verdict(INJECT_asprintf, -1, 0, CALLER), n;
	va_list ap;

	(void)flag;
	if (error) {
		errno = error;
		return -1;
	}
	va_start(ap, fmt);
	n = real(out, fmt, ap);
	va_end(ap);
	return n;
}

/* --- clocks ---- */

static int64_t shift_of(clockid_t clock)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
		return inject_realtime_ns();
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_BOOTTIME:
		return inject_monotonic_ns();
	default:
		return 0;
	}
}

static void add(struct timespec *t, int64_t ns)
{
	ns += t->tv_nsec;
	t->tv_sec += ns / 1000000000;
	t->tv_nsec = ns % 1000000000;
	if (t->tv_nsec < 0) {
		t->tv_nsec += 1000000000;
		t->tv_sec--;
	}
}

int clock_gettime(clockid_t clock, struct timespec *t)
{
	static void *next_clock_gettime;
	NEXT(clock_gettime);
	int rc = real(clock, t);

	if (rc == 0)
		add(t, shift_of(clock));
	return rc;
}

time_t time(time_t *out)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	if (out)
		*out = t.tv_sec;
	return t.tv_sec;
}

int gettimeofday(struct timeval *restrict t, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	t->tv_sec = now.tv_sec;
	t->tv_usec = now.tv_nsec / 1000;
	return 0;
}

/* The kernel waits by its own clock; all conditions here are on CLOCK_MONOTONIC. */
int pthread_cond_timedwait(pthread_cond_t *restrict c, pthread_mutex_t *restrict m,
			   const struct timespec *restrict until)
{
	static void *next_pthread_cond_timedwait;
	NEXT(pthread_cond_timedwait);
	struct timespec t = *until;

	add(&t, -inject_monotonic_ns());
	return real(c, m, &t);
}
