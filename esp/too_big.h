/*
 * The answer to an inner packet that does not fit: ICMP fragmentation needed (RFC 1191) or ICMPv6 packet too big
 * (RFC 4443 3.2).
 *
 * The data plane does not know the router's own addresses. The answer's source is the address that the packet was
 * going to: it comes in through the tunnel, which is where the routes say that address lives, so a reverse path check
 * passes, and the sender's stack matches the answer by the packet quoted in it, not by its source.
 */
#ifndef ESP_TOO_BIG_H
#define ESP_TOO_BIG_H

#include "esp/inner.h"

#define TOO_BIG_OCTETS_MAX IP6_MTU_MIN /* of an answer */

/*
 * `in` as inner_read gave it for data; mtu: the next hop's; room: TOO_BIG_OCTETS_MAX. Octets of the IP packet written
 * to out, 0 when none may be sent: about an ICMP error, a fragment other than the first, or to or from an address that
 * is not one host's.
 */
size_t too_big_answer(const uint8_t *data, const struct inner *in, unsigned mtu, uint8_t *out, size_t room);

#endif
