/*
 * The other end of a tunnel for tools that must know its keys: negotiates one pair of SAs as initiator, over sockets of its
 * own on ports 500 and 4500, with the pre-shared key "cisco", AES, SHA and group 2. IPv4, any to any.
 */
#ifndef TESTS_TOOL_IKE_PEER_H
#define TESTS_TOOL_IKE_PEER_H

#include "ike/ike.h"

#define IKE_PEER_KEY_MAX 64

/* The outbound SA. */
struct ike_peer_sa {
	uint32_t spi; /* host byte order */
	uint8_t cipher_key[IKE_PEER_KEY_MAX], auth_key[IKE_PEER_KEY_MAX];
	size_t cipher_key_octets, auth_key_octets;
};

/* False: no sockets, or no tunnel in 30 seconds; stderr has why. The peer hears nothing of it afterwards. */
bool ike_peer_join(const struct ip_addr *local, const struct ip_addr *remote, const struct ike_proposal *proposal,
		   struct ike_peer_sa *out);

#endif
