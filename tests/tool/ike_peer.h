/*
 * The other end of tunnels for tools: an IKE engine that initiates over sockets, with the pre-shared key "cisco", AES and SHA,
 * without a data plane. IPv4.
 */
#ifndef TESTS_TOOL_IKE_PEER_H
#define TESTS_TOOL_IKE_PEER_H

#include "ike/ike.h"

#define IKE_PEER_KEY_MAX  64
#define IKE_PEER_DATAGRAM 8192

/* An outbound SA. */
struct ike_peer_sa {
	uint32_t spi; /* host byte order */
	uint8_t cipher_key[IKE_PEER_KEY_MAX], auth_key[IKE_PEER_KEY_MAX];
	size_t cipher_key_octets, auth_key_octets;
};

struct ike_peer {
	const int *fd; /* of ports 500 and 4500 */
	struct ike *ike;
	uint64_t timer_ms;     /* when ike_timer() is due, of clock_ms() */
	unsigned ups;          /* how often an ident's SAs came up */
	struct ike_peer_sa sa; /* the last that was made */
};

bool ike_peer_sockets(int fd[2]); /* false: stderr says why */
/* fd stays the caller's; p must not move. */
void ike_peer_init(struct ike_peer *p, const int fd[2], unsigned group);
/* Any to any, or between the two addresses only. */
void ike_peer_add(struct ike_peer *p, const struct ip_addr *local, const struct ip_addr *remote,
		  const struct ike_proposal *proposal, bool any);
/* Feeds the engine that `whose` names for who sent it, NULL: none, all that waits on socket k. */
void ike_peer_receive(const int fd[2], int k, struct ike_peer *(*whose)(void *ctx, const struct ip_addr *remote),
		      void *ctx);

/*
 * One tunnel, any to any, over sockets that are opened for it. False: no sockets, or no tunnel in 30 seconds; stderr has why. The peer
 * hears nothing of it afterwards.
 */
bool ike_peer_join(const struct ip_addr *local, const struct ip_addr *remote, const struct ike_proposal *proposal,
		   struct ike_peer_sa *out);

#endif
