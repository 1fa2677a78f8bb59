/* What the files of netif/ that speak rtnetlink share. */
#ifndef NETIF_PRIVATE_H
#define NETIF_PRIVATE_H

#include "netif/netif.h"
#include "netif/nl.h"

struct netif {
	struct nl nl;
	struct mnl_socket *monitor; /* non-blocking, only receives */
};

/* RTM_NEWLINK or RTM_DELLINK. False when it is no such message. */
bool link_parse(const struct nlmsghdr *h, struct netif_link *out);
/* RTM_NEWADDR or RTM_DELADDR. */
bool addr_parse(const struct nlmsghdr *h, struct netif_addr *out);

/* RTM_NEWNEIGH or RTM_DELNEIGH, of IPv4 or IPv6, of a kind that netif_neigh_state names. */
bool neigh_parse(const struct nlmsghdr *h, struct netif_neigh *out);

int monitor_open(struct netif *n); /* 0 or -errno */
void monitor_close(struct netif *n);

#endif
