#define _GNU_SOURCE /* ppoll */
#include "netif/sock.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>

int sock_set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

bool sock_told(const struct cmsghdr *c, int level, int type, void *out, size_t octets)
{
	if (c->cmsg_level != level || c->cmsg_type != type || c->cmsg_len < CMSG_LEN(octets))
		return false;
	memcpy(out, CMSG_DATA(c), octets);
	return true;
}

int sock_await(int fd, int wake_fd, uint64_t end_us)
{
	for (;;) {
		struct pollfd fds[2] = { { fd, POLLIN, 0 }, { wake_fd, POLLIN, 0 } };
		uint64_t now = clock_us(), left = now < end_us ? end_us - now : 0;
		struct timespec wait = { (time_t)(left / 1000000), (long)(left % 1000000) * 1000 };
		int n = ppoll(fds, 2, &wait, NULL);

		if (n >= 0)
			return (fds[0].revents ? SOCK_FD : 0) | (fds[1].revents ? SOCK_WAKE : 0);
		if (errno != EINTR)
			return -errno;
	}
}
