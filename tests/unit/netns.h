/*
 * For tests of the kernel's side: a suite runs in a user namespace with a network of its own, and as root before that in
 * a child, in a plain network namespace. Where the machine forbids that, the program fails and says so.
 */
#ifndef TESTS_UNIT_NETNS_H
#define TESTS_UNIT_NETNS_H

#include "netif/netif.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static inline bool netns_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return good;
}

static inline bool netns_become_user_root(void)
{
	char uids[32], gids[32];

	snprintf(uids, sizeof(uids), "0 %u 1", (unsigned)geteuid());
	snprintf(gids, sizeof(gids), "0 %u 1", (unsigned)getegid());
	return unshare(CLONE_NEWUSER) == 0 && netns_write("/proc/self/setgroups", "deny") &&
	       netns_write("/proc/self/uid_map", uids) && netns_write("/proc/self/gid_map", gids);
}

/* A namespace with `lo` up; what an earlier test made in its own goes with its last descriptor. */
static inline struct netif *netns_fresh(void)
{
	struct netif *n = NULL;
	struct netif_link lo;

	if (unshare(CLONE_NEWNET) == 0)
		n = netif_new();
	CU_ASSERT_PTR_NOT_NULL_FATAL(n);
	CU_ASSERT_EQUAL_FATAL(netif_link_get(n, "lo", &lo), 0);
	CU_ASSERT_EQUAL_FATAL(netif_link_set_up(n, lo.ifindex, true), 0);
	return n;
}

/* True in the child, which runs the suite; in the parent *failed tells of the child's end. */
static inline bool netns_in_child(bool *failed)
{
	int status = 0;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		return true;
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status))
		*failed = true;
	return false;
}

static inline int netns_main(const char *suite, const struct unit_test *tests, size_t count)
{
	bool failed = false;

	if (geteuid() == 0 && netns_in_child(&failed)) {
		if (unshare(CLONE_NEWNET) < 0) {
			printf("%s: cannot make a network namespace: %s\n", suite, strerror(errno));
			return EXIT_FAILURE;
		}
		return unit_main(suite, tests, count);
	}
	if (!netns_become_user_root() || unshare(CLONE_NEWNET) < 0) {
		printf("%s: cannot make a user and a network namespace: %s\n", suite, strerror(errno));
		return EXIT_FAILURE;
	}
	failed |= unit_main(suite, tests, count) != EXIT_SUCCESS;
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define NETNS_MAIN(suite, tests)                                                                                       \
	int main(void)                                                                                                 \
	{                                                                                                              \
		return netns_main(suite, tests, sizeof(tests) / sizeof((tests)[0]));                                   \
	}

/* --- shorthands ---- */

static inline struct ip_addr addr_of(const char *text)
{
	struct ip_addr a = { 0 };

	CU_ASSERT_FATAL(ip_parse(text, &a));
	return a;
}

static inline struct ip_prefix prefix_of(const char *text)
{
	struct ip_prefix p = { 0 };

	CU_ASSERT_FATAL(ip_parse_prefix(text, &p));
	return p;
}

static inline int lo_index(struct netif *n)
{
	struct netif_link lo = { 0 };

	CU_ASSERT_EQUAL_FATAL(netif_link_get(n, "lo", &lo), 0);
	return lo.ifindex;
}

static inline void netns_note(void *ctx, const struct netif_change *c)
{
	bool *address = ctx, *local = address + 1;

	*local |= *address && c->kind == NETIF_CHANGE_ROUTE;
	*address |= c->kind == NETIF_CHANGE_ADDR;
}

/*
 * Adds an address to a link that is up, and takes what the monitor says of it. IPv6 makes an address local some time
 * after the request was answered: it tells of the address, then of its route.
 */
static inline void give(struct netif *n, int ifindex, const char *prefix)
{
	struct pollfd pfd = { .fd = netif_monitor_fd(n), .events = POLLIN };
	struct ip_prefix p = prefix_of(prefix);
	bool seen[2] = { false, false };

	netif_monitor_read(n, netns_note, seen);
	seen[0] = seen[1] = false;
	CU_ASSERT_EQUAL_FATAL(netif_addr_add(n, ifindex, &p), 0);
	while (!seen[1] && p.addr.family == 6) {
		CU_ASSERT_EQUAL_FATAL(poll(&pfd, 1, 5000), 1);
		netif_monitor_read(n, netns_note, seen);
	}
}

/* A TUN device that is up, with these addresses ("" for none), and no others. Packets are read and written without more. */
static inline int tun_up(struct netif *n, const char *name, const char *v4, const char *v6, int *ifindex)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	char path[64];

	CU_ASSERT_FATAL(fd >= 0);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	snprintf(path, sizeof(path), "ipv6/conf/%s/addr_gen_mode", name);
	CU_ASSERT_EQUAL_FATAL(ioctl(fd, TUNSETIFF, &ifr), 0);
	*ifindex = (int)if_nametoindex(name);
	CU_ASSERT_EQUAL(netif_sysctl_set(path, "1", NULL, 0), 0);
	CU_ASSERT_EQUAL_FATAL(netif_link_set_up(n, *ifindex, true), 0);
	if (*v4)
		give(n, *ifindex, v4);
	if (*v6)
		give(n, *ifindex, v6);
	return fd;
}

#endif
