#include "netif/tun.h"
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
 * Packets that wait for the worker, as the sockets' buffer does for those that come the other way: on a busy machine it may
 * not run for seconds, in which the kernel's 500 would be full.
 */
#define TUN_QUEUE 2048

#ifndef TUN_F_USO4 /* Linux 6.2 */
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

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

/* The kernel would take "" and "tun%d" for patterns. */
static int check_name(const char *name)
{
	if (!*name || strchr(name, '%'))
		return -EINVAL;
	return strlen(name) < IF_NAMESIZE ? 0 : -ENAMETOOLONG;
}

/* A new device, or (without IFF_TUN_EXCL) one more queue of it. fd or -errno. */
static int open_queue(const char *name, short flags)
{
	struct ifreq ifr = { .ifr_flags = flags };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC), rc;

	if (fd < 0)
		return errno == ENXIO || errno == ENODEV ? -ENOENT : -errno;
	memcpy(ifr.ifr_name, name, strlen(name));
	if (ioctl(fd, TUNSETIFF, &ifr) == 0)
		return fd;
	rc = -errno;
	close(fd);
	return rc;
}

/*
 * What is still to be cut and summed is handed over, as far as the kernel knows how. That it takes such is another matter,
 * which every kernel with IFF_VNET_HDR does for TCP; UDP came later, and with it the offer.
 */
static void set_offload(struct netif_tun *t)
{
	static const unsigned tcp = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;
	static const unsigned less[] = { tcp | TUN_F_TSO_ECN, tcp, TUN_F_CSUM };

	t->uso = ioctl(t->fd[0], TUNSETOFFLOAD, (unsigned long)(less[0] | TUN_F_USO4 | TUN_F_USO6)) == 0;
	for (size_t i = 0; !t->uso && i < sizeof(less) / sizeof(less[0]); i++) {
		if (ioctl(t->fd[0], TUNSETOFFLOAD, (unsigned long)less[i]) == 0)
			return;
	}
}

int netif_tun_create(const char *name, unsigned queues, struct netif_tun *out)
{
	struct netif_tun t = { 0 };
	short flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR;
	int rc = check_name(name);

	if (rc)
		return rc;
	if (queues == 0 || queues > NETIF_WORKERS_MAX)
		return -EINVAL;
	if (queues > 1)
		flags |= IFF_MULTI_QUEUE;
	while (t.queues < queues) {
		t.fd[t.queues] = open_queue(name, t.queues ? flags : (short)(flags | (short)IFF_TUN_EXCL));
		if (t.fd[t.queues] < 0) {
			rc = t.fd[t.queues];
			goto fail;
		}
		t.queues++;
	}
	set_offload(&t);
	t.ifindex = (int)if_nametoindex(name);
	rc = t.ifindex ? set_up(name, t.ifindex) : -errno;
	if (rc)
		goto fail;
	*out = t;
	return 0;
fail:
	netif_tun_close(&t);
	return rc;
}

void netif_tun_close(struct netif_tun *t)
{
	while (t->queues)
		close(t->fd[--t->queues]);
}
