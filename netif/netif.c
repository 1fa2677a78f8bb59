#include "netif/private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

struct netif *netif_new(void)
{
	struct netif *n = calloc(1, sizeof(*n));
	int rc;

	if (!n)
		return NULL;
	rc = nl_open(&n->nl);
	if (!rc)
		rc = monitor_open(n);
	if (rc) {
		netif_free(n);
		errno = -rc;
		return NULL;
	}
	return n;
}

void netif_free(struct netif *n)
{
	if (!n)
		return;
	monitor_close(n);
	nl_close(&n->nl);
	free(n);
}

const char *netif_error(const struct netif *n)
{
	return n->nl.text;
}

/* --- what a killed router left ---- */

struct flush {
	struct netif *n;
	uint16_t delete;
	bool (*ours)(const struct nlmsghdr *h);
	int rc;
};

/* Sends what the kernel told of an object back to it, as the description of what to delete. */
static void flush_one(void *ctx, const struct nlmsghdr *h)
{
	struct flush *f = ctx;
	struct nlmsghdr *copy;
	int rc;

	if (!f->ours(h))
		return;
	copy = malloc(h->nlmsg_len);
	if (!copy) {
		f->rc = -ENOMEM;
		return;
	}
	memcpy(copy, h, h->nlmsg_len);
	copy->nlmsg_type = f->delete;
	copy->nlmsg_flags = NLM_F_REQUEST;
	rc = nl_ask(&f->n->nl, copy, NULL, NULL);
	/* It may have gone with another: a secondary address with its primary, a route with its address. */
	if (rc && rc != -ESRCH && rc != -EADDRNOTAVAIL && !f->rc)
		f->rc = rc;
	free(copy);
}

static bool is_our_route(const struct nlmsghdr *h)
{
	const struct rtmsg *rt = mnl_nlmsg_get_payload(h);

	return h->nlmsg_type == RTM_NEWROUTE && mnl_nlmsg_get_payload_len(h) >= sizeof(*rt) &&
	       rt->rtm_protocol == NETIF_PROTO && !(rt->rtm_flags & RTM_F_CLONED);
}

static bool is_our_address(const struct nlmsghdr *h)
{
	struct netif_addr a;

	return addr_parse(h, &a) && a.ours;
}

static int flush(struct netif *n, uint16_t dump, uint16_t delete, size_t family_octets,
		 bool (*ours)(const struct nlmsghdr *h))
{
	struct flush f = { n, delete, ours, 0 };
	struct nl_request r;
	int rc = nl_dump(&n->nl, nl_begin(&r, dump, 0, family_octets), flush_one, &f);

	return rc ? rc : f.rc;
}

int netif_cleanup(struct netif *n)
{
	int routes = flush(n, RTM_GETROUTE, RTM_DELROUTE, sizeof(struct rtmsg), is_our_route);
	int addresses = flush(n, RTM_GETADDR, RTM_DELADDR, sizeof(struct ifaddrmsg), is_our_address);

	return routes ? routes : addresses;
}

/* --- capabilities ---- */

/*
 * Capabilities are of a user namespace. With our own (unshare -U) but the network of another they are worth nothing
 * here; the kernel tells by not letting us see the owner.
 */
static bool network_is_anothers(void)
{
	int net = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), owner;
	bool anothers;

	if (net < 0)
		return false;
	owner = ioctl(net, NS_GET_USERNS);
	anothers = owner < 0 && errno == EPERM;
	if (owner >= 0)
		close(owner);
	close(net);
	return anothers;
}

const char *netif_missing_capability(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct set[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &head, set) < 0 || !(set[0].effective & 1u << CAP_NET_ADMIN) || network_is_anothers())
		return "CAP_NET_ADMIN";
	return set[0].effective & 1u << CAP_NET_RAW ? NULL : "CAP_NET_RAW";
}
