/* Native ESP to a known next hop: no route is looked up and no IP output passed for each packet. */
#define _GNU_SOURCE /* mmsghdr */
#include "netif/wire_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>
#include <unistd.h>

void wire_hop_open(struct netif_wire *w)
{
	if (w->udp)
		return;
	w->hop.fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (w->hop.fd < 0)
		return;
	wire_set_buffers(w->hop.fd);
	for (unsigned i = 0; i < NETIF_WIRE_BATCH; i++)
		w->hop.m[i].msg_hdr = (struct msghdr){ .msg_iov = w->hop.iov[i], .msg_iovlen = 2 };
}

void wire_hop_close(struct netif_wire *w)
{
	if (w->hop.fd >= 0)
		close(w->hop.fd);
}

static bool fits(const struct netif_wire *w, const struct netif_hop *hop, const struct netif_esp_packet *p)
{
	return p->dst.family == w->family && p->src.family == w->family &&
	       p->octets <= netif_hop_largest(hop, w->family);
}

int netif_wire_send_hop(struct netif_wire *w, const struct netif_hop *hop, const struct netif_esp_packet *p,
			unsigned count)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(w->family == 4 ? ETH_P_IP : ETH_P_IPV6),
				  .sll_ifindex = hop->ifindex,
				  .sll_halen = ETH_ALEN };
	struct wire_hop *h = &w->hop;
	unsigned n = 0;
	int rc;

	if (h->fd < 0)
		return -EOPNOTSUPP;
	memcpy(to.sll_addr, hop->dst_mac, sizeof(hop->dst_mac));
	for (; n < count && n < NETIF_WIRE_BATCH && fits(w, hop, &p[n]); n++) {
		h->iov[n][0] = (struct iovec){ h->header[n], netif_hop_header(hop, &p[n], &h->ident, h->header[n]) };
		h->iov[n][1] = (struct iovec){ p[n].data, p[n].octets };
		h->m[n].msg_hdr.msg_name = &to;
		h->m[n].msg_hdr.msg_namelen = sizeof(to);
	}
	if (!n)
		return count ? -EMSGSIZE : 0;
	rc = wire_transmit(h->fd, h->m, n, 0);
	if (rc == -EAGAIN || rc == -ENOBUFS)
		w->out.full_fd = h->fd;
	return rc;
}
