#include "netif/private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/*
 * Packets that wait for the worker, as ESP_SOCKET_BUFFER does for those that come the other way: on a busy machine it may
 * not run for seconds, in which the kernel's 500 would be full.
 */
#define TUN_QUEUE 2048

static int set_queue(struct nl *nl, int ifindex)
{
	struct nl_request r;
	struct nlmsghdr *h = nl_begin(&r, RTM_SETLINK, 0, sizeof(struct ifinfomsg));
	struct ifinfomsg *i = mnl_nlmsg_get_payload(h);

	i->ifi_index = ifindex;
	mnl_attr_put_u32(h, IFLA_TXQLEN, TUN_QUEUE);
	return nl_ask(nl, h, NULL, NULL);
}

/*
 * An IOS tunnel has the IPv6 link-local address that its configuration gives it, so the kernel is to make none when
 * the device comes up.
 */
static int no_own_link_local(struct nl *nl, int ifindex)
{
	struct nl_request r;
	struct nlmsghdr *h = nl_begin(&r, RTM_SETLINK, 0, sizeof(struct ifinfomsg));
	struct ifinfomsg *i = mnl_nlmsg_get_payload(h);
	struct nlattr *spec, *inet6;

	i->ifi_index = ifindex;
	spec = mnl_attr_nest_start(h, IFLA_AF_SPEC);
	inet6 = mnl_attr_nest_start(h, AF_INET6);
	mnl_attr_put_u8(h, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(h, inet6);
	mnl_attr_nest_end(h, spec);
	return nl_ask(nl, h, NULL, NULL);
}

static int set_up_ipv6(struct nl *nl, const char *name, int ifindex)
{
	char path[64];
	int rc = no_own_link_local(nl, ifindex);

	if (!rc)
		return 0;
	snprintf(path, sizeof(path), "ipv6/conf/%s/addr_gen_mode", name);
	rc = netif_sysctl_set(path, "1", NULL, 0);
	return rc == -ENOENT ? 0 : rc; /* a kernel without IPv6 makes no such address */
}

static int set_up(const char *name, int ifindex)
{
	struct nl nl;
	int rc = nl_open(&nl);

	if (rc)
		return rc;
	rc = set_queue(&nl, ifindex);
	if (!rc)
		rc = set_up_ipv6(&nl, name, ifindex);
	nl_close(&nl);
	return rc;
}

int netif_tun_open(const char *name, int *ifindex)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI | (short)IFF_TUN_EXCL };
	int fd, rc;

	/* The kernel would take "" and "tun%d" for patterns. */
	if (!*name || strchr(name, '%'))
		return -EINVAL;
	if (strlen(name) >= sizeof(ifr.ifr_name))
		return -ENAMETOOLONG;
	memcpy(ifr.ifr_name, name, strlen(name));
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ENXIO || errno == ENODEV ? -ENOENT : -errno;
	if (ioctl(fd, TUNSETIFF, &ifr) < 0) {
		rc = -errno;
		goto fail;
	}
	*ifindex = (int)if_nametoindex(name);
	if (!*ifindex) {
		rc = -errno;
		goto fail;
	}
	rc = set_up(name, *ifindex);
	if (!rc)
		return fd;
fail:
	close(fd);
	return rc;
}
