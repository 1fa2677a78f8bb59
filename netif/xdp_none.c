/* Built without libxdp: what netif/xdp.h promises where there is no AF_XDP. Nothing is opened, so nothing else is called. */
#include "netif/xdp.h"

#include <errno.h>
#include <stdio.h>

int netif_xdp_open(int ifindex, struct netif_xdp **out, char why[NETIF_XDP_WHY])
{
	(void)ifindex;
	(void)out;
	snprintf(why, NETIF_XDP_WHY, "built without libxdp");
	return -ENOTSUP;
}

void netif_xdp_close(struct netif_xdp *x)
{
	(void)x;
}

int netif_xdp_ifindex(const struct netif_xdp *x)
{
	(void)x;
	return 0;
}

int netif_xdp_fd(const struct netif_xdp *x)
{
	(void)x;
	return -1;
}

bool netif_xdp_alive(const struct netif_xdp *x)
{
	(void)x;
	return false;
}

int netif_xdp_peer_add(struct netif_xdp *x, const struct ip_addr *local, const struct ip_addr *remote)
{
	(void)x;
	(void)local;
	(void)remote;
	return -ENOTSUP;
}

void netif_xdp_peer_del(struct netif_xdp *x, const struct ip_addr *local, const struct ip_addr *remote)
{
	(void)x;
	(void)local;
	(void)remote;
}

int netif_xdp_send(struct netif_xdp *x, const struct netif_hop *hop, const struct netif_esp_packet *p, unsigned count)
{
	(void)x;
	(void)hop;
	(void)p;
	(void)count;
	return -ENOTSUP;
}

bool netif_xdp_left(const struct netif_xdp *x)
{
	(void)x;
	return false;
}

bool netif_xdp_push(struct netif_xdp *x)
{
	(void)x;
	return false;
}

unsigned netif_xdp_largest(const struct netif_hop *hop, unsigned family)
{
	(void)hop;
	(void)family;
	return 0;
}

int netif_xdp_recv(struct netif_xdp *x, struct netif_esp_packet *p, unsigned count)
{
	(void)x;
	(void)p;
	(void)count;
	return -ENOTSUP;
}

void netif_xdp_status(const struct netif_xdp *x, struct netif_xdp_status *out)
{
	(void)x;
	*out = (struct netif_xdp_status){ 0 };
}
