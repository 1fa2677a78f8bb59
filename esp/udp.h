/*
 * IKE and keepalives on the UDP port that the workers own (RFC 3948 2.2, 2.3).
 *
 * Socket pairs join control and workers, one of them for first messages; the kernel bounds what waits in it, in octets, and neither side ever waits
 * for the other. The inbound worker puts IKE datagrams in without their marker. The outbound worker, which alone sends
 * on the UDP sockets, takes out what control wants sent, as it is to be on the wire.
 */
#ifndef ESP_UDP_H
#define ESP_UDP_H

#include "esp/esp.h"

#define UDP_MARKER_OCTETS   4
#define UDP_KEEPALIVE_OCTET 0xff

struct ike_pair {
	int control, worker;
};

int ike_pair_open(struct ike_pair *p); /* 0 or -errno */
void ike_pair_close(struct ike_pair *p);
/* One message into an end, of a front (or none) and a body: false when it is full. */
bool ike_pair_put(int fd, const struct netif_ike_packet *info, const void *front, size_t front_octets, const void *body,
		  size_t body_octets);
/* The next message of an end: its octets, 0 when none waits; one larger than size is dropped. */
size_t ike_pair_take(int fd, struct netif_ike_packet *info, void *buf, size_t size);

enum udp_kind { UDP_ESP, UDP_IKE, UDP_KEEPALIVE };
enum udp_kind udp_kind(const uint8_t *datagram, size_t octets);

#endif
