/* What the sockets of netif/ share. */
#ifndef NETIF_SOCK_H
#define NETIF_SOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* setsockopt() of an int. 0 or -errno. */
int sock_set(int fd, int level, int option, int value);

/* Is c this control message, and whole? Then its first octets are in out. What found no room the kernel cuts (MSG_CTRUNC). */
bool sock_told(const struct cmsghdr *c, int level, int type, void *out, size_t octets);

/*
 * Waits for fd or wake_fd (-1: none) to be readable until end_us of clock_us(). Returns SOCK_FD and SOCK_WAKE or'd, 0
 * when the time is over, -errno.
 */
enum { SOCK_FD = 1, SOCK_WAKE = 2 };
int sock_await(int fd, int wake_fd, uint64_t end_us);

#endif
