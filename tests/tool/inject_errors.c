/* What each function may fail with, by what its descriptor leads to: what the kernel really answers, nothing else. */
#include "tests/tool/inject.h"

#include <errno.h>
#include <stddef.h>

static const char *const names[] = {
#define NAME(name) #name,
	INJECT_FUNCTIONS(NAME)
#undef NAME
};

const char *inject_name(enum inject_function f)
{
	return f < INJECT_COUNT ? names[f] : "?";
}

#define ANSWER(...)                                                                                                    \
	do {                                                                                                           \
		static const int list[] = { __VA_ARGS__, 0 };                                                          \
		return list;                                                                                           \
	} while (0)

static const int none[] = { 0 };

static const int *reading(enum inject_fd kind)
{
	switch (kind) {
	case FD_FILE:
		ANSWER(EIO, EINTR, INJECT_SHORT);
	case FD_STREAM:
		ANSWER(EINTR, EAGAIN, ECONNRESET, INJECT_SHORT);
	case FD_SOCKET:
		ANSWER(EINTR, EAGAIN, ENOMEM, ENOBUFS);
	case FD_DEVICE:
		ANSWER(EIO, EINTR, EAGAIN);
	case FD_PIPE:
	case FD_OTHER:
		ANSWER(EINTR, EAGAIN);
	case FD_NONE:
	case FD_FOLDER:
		break;
	}
	return none;
}

static const int *writing(enum inject_fd kind)
{
	switch (kind) {
	case FD_FILE:
		ANSWER(ENOSPC, EIO, EINTR, EDQUOT, INJECT_SHORT);
	case FD_STREAM:
		ANSWER(EINTR, EAGAIN, EPIPE, ECONNRESET, INJECT_SHORT);
	case FD_SOCKET:
		ANSWER(EINTR, EAGAIN, ENOBUFS, ENOMEM);
	case FD_DEVICE:
		ANSWER(EIO, EINTR, EAGAIN);
	case FD_PIPE:
		ANSWER(EINTR, EAGAIN);
	case FD_NONE:
	case FD_FOLDER:
	case FD_OTHER: /* an eventfd that is full is signalled as well */
		break;
	}
	return none;
}

const int *inject_errors(enum inject_function f, enum inject_fd kind)
{
	switch (f) {
	case INJECT_open:
	case INJECT_openat:
	case INJECT_mkostemp:
	case INJECT_fopen:
		ANSWER(EMFILE, ENFILE, ENOSPC, EIO, ENOMEM, EINTR);
	case INJECT_opendir:
	case INJECT_fdopendir:
		ANSWER(EMFILE, ENOMEM);
	case INJECT_fstat:
	case INJECT_fstatat:
	case INJECT_statvfs:
		ANSWER(EIO, ENOMEM);
	case INJECT_fsync:
		ANSWER(EIO, ENOSPC, EINTR);
	case INJECT_ftruncate:
	case INJECT_fchmod:
	case INJECT_copy_file_range:
		ANSWER(EIO, ENOSPC);
	case INJECT_rename:
	case INJECT_renameat:
	case INJECT_unlink:
	case INJECT_unlinkat:
	case INJECT_mkdir:
	case INJECT_mkdirat:
		ANSWER(EIO, ENOSPC, EROFS, ENOMEM);
	case INJECT_flock:
		ANSWER(EINTR, ENOLCK);
	case INJECT_socket:
	case INJECT_socketpair:
		ANSWER(EMFILE, ENFILE, ENOBUFS, ENOMEM);
	case INJECT_accept:
	case INJECT_accept4:
		ANSWER(EMFILE, ENFILE, ENOBUFS, ENOMEM, EINTR, EAGAIN, ECONNABORTED);
	case INJECT_bind:
	case INJECT_listen:
		ANSWER(EADDRINUSE, ENOMEM);
	case INJECT_connect:
		ANSWER(EINTR, EAGAIN, ENOBUFS);
	case INJECT_setsockopt:
	case INJECT_getsockopt:
		ANSWER(ENOMEM, ENOBUFS);
	case INJECT_read:
	case INJECT_readv:
	case INJECT_recv:
	case INJECT_recvfrom:
	case INJECT_recvmsg:
	case INJECT_recvmmsg:
		return reading(kind);
	case INJECT_write:
	case INJECT_writev:
	case INJECT_send:
	case INJECT_sendto:
	case INJECT_sendmsg:
	case INJECT_sendmmsg:
		return writing(kind);
	case INJECT_epoll_ctl:
		ANSWER(ENOMEM, ENOSPC);
	case INJECT_epoll_wait:
	case INJECT_poll:
		ANSWER(EINTR);
	case INJECT_epoll_create1:
	case INJECT_timerfd_create:
	case INJECT_eventfd:
	case INJECT_pipe2:
	case INJECT_memfd_create:
		ANSWER(EMFILE, ENFILE, ENOMEM);
	case INJECT_dup:
	case INJECT_dup2:
		ANSWER(EMFILE, EINTR);
	case INJECT_ioctl:
		ANSWER(ENOMEM, EIO, EINTR);
	case INJECT_mmap:
	case INJECT_posix_spawn:
	case INJECT_posix_spawnp:
	case INJECT_malloc:
	case INJECT_calloc:
	case INJECT_realloc:
	case INJECT_reallocarray:
	case INJECT_aligned_alloc:
	case INJECT_open_memstream:
	case INJECT_strdup:
	case INJECT_strndup:
	case INJECT_asprintf:
		ANSWER(ENOMEM);
	case INJECT_pthread_create:
	case INJECT_fork:
		ANSWER(EAGAIN, ENOMEM);
	case INJECT_getrandom:
		ANSWER(EINTR, EAGAIN);
	case INJECT_RAND_bytes:
		ANSWER(EIO);
	case INJECT_fcntl:
	case INJECT_timerfd_settime: /* with what they are called here they cannot fail */
	case INJECT_close:
	case INJECT_link:
	case INJECT_COUNT:
		break;
	}
	return none;
}
