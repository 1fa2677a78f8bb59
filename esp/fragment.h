/*
 * IPv4 fragmentation before encryption (RFC 791 3.2): each fragment becomes an ESP packet of its own, so the peer
 * need not reassemble before it decrypts. For packets without DF only.
 */
#ifndef ESP_FRAGMENT_H
#define ESP_FRAGMENT_H

#include "esp/inner.h"

struct fragmenter {
	const uint8_t *data; /* the packet to cut; must stay until the last fragment is out */
	struct inner in;
	size_t mtu;
	size_t done; /* octets of its payload that are out */
};

/* `in` as inner_read gave it for data; mtu at least IP4_MTU_MIN. */
void fragment_begin(struct fragmenter *f, const uint8_t *data, const struct inner *in, size_t mtu);
/* The next fragment into out (room for mtu octets): its size, 0 when there are no more. */
size_t fragment_next(struct fragmenter *f, uint8_t *out);

#endif
