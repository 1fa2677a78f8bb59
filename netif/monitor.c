#include "netif/private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/neighbour.h>
#include <stddef.h>

static const unsigned groups[] = { RTNLGRP_LINK,       RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
				   RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE,  RTNLGRP_NEXTHOP,
				   RTNLGRP_IPV4_RULE,  RTNLGRP_IPV6_RULE,   RTNLGRP_NEIGH };

/*
 * Each TUN device has a neighbour without a link address. Of some hundred the kernel forgets those that were idle for a
 * moment, makes them again for the next packet, and says so: with a thousand tunnels in use this socket would overrun all
 * the time, and all links be read again.
 */
static int ignore_without_address(int fd)
{
	enum { TYPE = offsetof(struct nlmsghdr, nlmsg_type), STATE = NLMSG_HDRLEN + offsetof(struct ndmsg, ndm_state) };
	/* the filter reads in network byte order what is in the host's */
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, TYPE),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWNEIGH), 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELNEIGH), 0, 2),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, STATE),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, htons(NUD_NOARP), 1, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog f = { sizeof(program) / sizeof(program[0]), program };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &f, sizeof(f)) < 0 ? -errno : 0;
}

int monitor_open(struct netif *n)
{
	int rc;

	n->monitor = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!n->monitor)
		return -errno;
	if (mnl_socket_bind(n->monitor, 0, MNL_SOCKET_AUTOPID) < 0)
		goto fail;
	rc = ignore_without_address(mnl_socket_get_fd(n->monitor));
	if (rc)
		goto close;
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		unsigned group = groups[i];

		if (mnl_socket_setsockopt(n->monitor, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
			goto fail;
	}
	return 0;
fail:
	rc = -errno;
close:
	monitor_close(n);
	return rc;
}

void monitor_close(struct netif *n)
{
	if (n->monitor)
		mnl_socket_close(n->monitor);
	n->monitor = NULL;
}

int netif_monitor_fd(struct netif *n)
{
	return mnl_socket_get_fd(n->monitor);
}

struct report {
	void (*fn)(void *ctx, const struct netif_change *c);
	void *ctx;
};

static void report(void *ctx, const struct nlmsghdr *h)
{
	const struct report *r = ctx;
	struct netif_change c = { 0 };
	struct netif_addr a;

	switch (h->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK: {
		const struct ifinfomsg *i = mnl_nlmsg_get_payload(h);

		/* Bridge ports tell their own story in messages of the same type. */
		if (!link_parse(h, &c.link) || i->ifi_family != AF_UNSPEC)
			return;
		c.kind = h->nlmsg_type == RTM_NEWLINK ? NETIF_CHANGE_LINK : NETIF_CHANGE_LINK_GONE;
		c.ifindex = c.link.ifindex;
		break;
	}
	case RTM_NEWADDR:
	case RTM_DELADDR:
		if (!addr_parse(h, &a))
			return;
		c.kind = NETIF_CHANGE_ADDR;
		c.ifindex = a.ifindex;
		break;
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		if (!neigh_parse(h, &c.neigh))
			return;
		c.kind = NETIF_CHANGE_NEIGH;
		c.ifindex = c.neigh.ifindex;
		break;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
	/* Routes of a nexthop that is replaced or goes need not be told of (net.ipv4.nexthop_compat_mode). */
	case RTM_NEWNEXTHOP:
	case RTM_DELNEXTHOP:
	case RTM_NEWRULE:
	case RTM_DELRULE:
		c.kind = NETIF_CHANGE_ROUTE;
		break;
	default:
		return;
	}
	r->fn(r->ctx, &c);
}

void netif_monitor_read(struct netif *n, void (*fn)(void *ctx, const struct netif_change *c), void *ctx)
{
	struct report r = { fn, ctx };
	_Alignas(struct nlmsghdr) uint8_t buf[NL_ANSWER_OCTETS];
	bool overrun = false;

	for (;;) {
		ssize_t got = mnl_socket_recvfrom(n->monitor, buf, sizeof(buf));
		int left;

		if (got < 0 && (errno == ENOBUFS || errno == ENOSPC)) {
			overrun = true;
			continue;
		}
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			break;
		left = (int)nl_whole(buf, (size_t)got);
		for (const struct nlmsghdr *m = (const void *)buf; mnl_nlmsg_ok(m, left); m = mnl_nlmsg_next(m, &left))
			if (!overrun)
				report(&r, m);
	}
	if (overrun)
		fn(ctx, &(struct netif_change){ .kind = NETIF_CHANGE_LOST });
}
