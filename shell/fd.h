/* What is written to a descriptor whole, a folder that is made sure of, and an eventfd that wakes whoever polls it. */
#ifndef SHELL_FD_H
#define SHELL_FD_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

/* False: an error came before all was written. */
static inline bool fd_write_all(int fd, const void *bytes, size_t octets)
{
	const uint8_t *p = bytes;

	while (octets) {
		ssize_t n = write(fd, p, octets);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		octets -= (size_t)n;
	}
	return true;
}

/* The same on a socket; one whose other end is gone is an error, no signal. */
static inline bool fd_send_all(int socket, const void *bytes, size_t octets)
{
	const uint8_t *p = bytes;

	while (octets) {
		ssize_t n = send(socket, p, octets, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		octets -= (size_t)n;
	}
	return true;
}

/* The names in a folder are on the disk. 0 or -errno. */
static inline int fd_sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;

	if (fd < 0)
		return -errno;
	/* some file systems know no fsync of a folder */
	if (fsync(fd) < 0 && errno != EINVAL)
		rc = -errno;
	close(fd);
	return rc;
}

/* A counter that is full is readable as well: nothing can go wrong. */
static inline void fd_signal(int eventfd)
{
	ssize_t n = write(eventfd, &(uint64_t){ 1 }, sizeof(uint64_t));

	(void)n;
}

#endif
