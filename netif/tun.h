/*
 * TUN devices as the data plane uses them: each read and write begins with a struct virtio_net_hdr (IFF_VNET_HDR, 10 octets,
 * host byte order), the kernel hands over TCP and UDP that is still to be cut and to be summed (TSO4, TSO6, USO, checksum
 * offload), and takes such.
 */
#ifndef NETIF_TUN_H
#define NETIF_TUN_H

#include "netif/wire.h"

struct netif_tun {
	int ifindex;
	unsigned queues;
	int fd[NETIF_WORKERS_MAX]; /* of each queue, non-blocking; the device is gone when all are closed */
	bool uso;                  /* the kernel hands over UDP that is to be cut, and takes it (Linux 6.2) */
};

/*
 * A device of this name, down, with so many queues (one: no multi-queue). The kernel makes no IPv6 link-local address on it.
 * It keeps a flow on the queue where that flow's last packet was written. 0 or -errno: -ENOENT /dev/net/tun is missing,
 * -EACCES or -EPERM not permitted, -EBUSY the name is taken, -ENAMETOOLONG over 15 characters, -EINVAL "", a '%' in it, or
 * a number of queues that is not from 1 to NETIF_WORKERS_MAX.
 */
int netif_tun_create(const char *name, unsigned queues, struct netif_tun *out);
void netif_tun_close(struct netif_tun *t); /* its queues are 0 then; closed twice: nothing */

#endif
