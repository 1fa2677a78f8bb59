/*
 * What the IKE engine asks of the world. The engine opens no socket, reads no clock and draws no random byte itself.
 *
 * Every function gets `ctx` first. None may call back into the engine; what they cause comes in later through
 * ike_feed, ike_timer and the like. Pointers are valid during the call only. Times are milliseconds of a monotonic
 * clock, sizes are octets, SPIs and message IDs are in host byte order unless the name ends in _be.
 */
#ifndef IKE_OPS_H
#define IKE_OPS_H

#include "base/addr.h"
#include "base/log.h"
#include "config/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ike_ident; /* ike/ike.h */
struct ike_dh_job;

/*
 * Where a datagram came from or goes to. With the local port 4500 the non-ESP marker (RFC 3948 2.2) is between the UDP
 * header and the datagram; the engine never sees it.
 */
struct ike_path {
	struct ip_addr local, remote;
	uint16_t local_port, remote_port; /* host byte order; 500, or 4500 and what the NAT made of it */
};

/* What is switched on. _ERROR: the lines that are errors (ERR in ike/debug.def), without the others of that kind. */
enum ike_debug {
	IKE_DEBUG_ISAKMP = 1u << 0,
	IKE_DEBUG_IPSEC = 1u << 1,
	IKE_DEBUG_KMI = 1u << 2,
	IKE_DEBUG_ENGINE = 1u << 3,
	IKE_DEBUG_ISAKMP_ERROR = 1u << 4,
	IKE_DEBUG_IPSEC_ERROR = 1u << 5,
};

/* One direction of a negotiated phase 2 SA, as the data plane needs it. */
struct ike_ipsec_sa {
	uint32_t ident;          /* which ident (ike_ident_add) it belongs to */
	bool inbound;            /* else outbound */
	uint32_t spi;            /* host byte order */
	uint32_t conn_id;        /* IOS's conn id, also flow_id; 1, 2, ... */
	struct ip_addr src, dst; /* outer addresses of the packets this SA protects */
	enum esp_cipher cipher;
	unsigned keybits;
	enum esp_auth auth;
	const uint8_t *cipher_key, *auth_key; /* the GCM salt (4 octets) follows the cipher key */
	size_t cipher_key_octets, auth_key_octets;
	unsigned replay_window; /* packets, 0: off */
	/*
	 * Outbound, as responder: the SPI of the inbound SA of the pair. Not to be used before that one has taken a
	 * packet, which shows that the peer has its half, or before sa_release. 0: at once.
	 */
	uint32_t held_by;
	uint64_t soft_octets; /* ike_sa_volume when so many inner octets have been carried; 0: never */
	/* Encapsulated in UDP (RFC 3948) between these ports, host byte order; 0: native ESP. */
	uint16_t local_port, remote_port;
};

struct ike_sa_usage {
	uint64_t packets, octets; /* octets of inner packets */
	uint64_t idle_ms;         /* since the last packet, or since the install */
};

struct ike_ops {
	void *ctx;
	uint64_t (*now_ms)(void *ctx);
	void (*random)(void *ctx, void *out, size_t octets);
	/* Sends one datagram. An error is the network's: the engine goes on as if it were lost. */
	void (*send)(void *ctx, const struct ike_path *path, const uint8_t *datagram, size_t octets);
	/*
	 * Hands a Diffie-Hellman computation to another thread, which calls ike_dh_compute(); then ike_dh_done() brings
	 * it back. False, or no such function: the engine does it itself, at once.
	 */
	bool (*dh_start)(void *ctx, struct ike_dh_job *job);
	/* The one timer: call ike_timer() at `at_ms`. UINT64_MAX: none. Replaces what was asked before. */
	void (*timer)(void *ctx, uint64_t at_ms);
	/*
	 * 0 or negative. Keys are copied by the callee and wiped by it. An outbound SA becomes the one in use. The
	 * inbound SA is installed before the message leaves that lets the peer use it: QM2 as responder, QM3 as
	 * initiator.
	 */
	int (*sa_install)(void *ctx, const struct ike_ipsec_sa *sa);
	/* QM3 came, or a packet did: an outbound SA that is held may be used. */
	void (*sa_release)(void *ctx, uint32_t ident, uint32_t spi);
	void (*sa_remove)(void *ctx, uint32_t ident, bool inbound, uint32_t spi);
	/* The peer of this SA, which is encapsulated in UDP, has another address or port now. */
	void (*sa_move)(void *ctx, uint32_t ident, bool inbound, uint32_t spi, const struct ike_path *path);
	/* One octet 0xFF to keep the NAT's mapping, RFC 3948 2.3. */
	void (*nat_keepalive)(void *ctx, const struct ike_path *path);
	bool (*sa_usage)(void *ctx, uint32_t ident, bool inbound, uint32_t spi, struct ike_sa_usage *out);
	/*
	 * The ident's SAs came up or the last went; changes only. As initiator both directions are installed before it
	 * is up. As responder it is up, as on IOS, when QM2 was sent; the outbound SA is used when QM3 or the first
	 * packet came.
	 */
	void (*ident_state)(void *ctx, uint32_t ident, bool up);
	/*
	 * A peer of a Virtual-Template that was authenticated has asked for SAs: `ident` is made from `template` for
	 * it. `config` has its endpoints and proxies; the callee fills in map, ifname, out_ifname and path_mtu. False:
	 * it cannot be had. ident_gone: the last SA of a cloned ident went, and the ident with it.
	 */
	bool (*ident_cloned)(void *ctx, uint32_t template, uint32_t ident, struct ike_ident *config);
	void (*ident_gone)(void *ctx, uint32_t ident);
	/* A debug line or a syslog message, finished text ("\n" inside and at its end as base/log.h says). */
	void (*debug)(void *ctx, enum ike_debug kind, const char *text);
	void (*syslog)(void *ctx, enum log_severity sev, const char *facility, const char *mnemonic, const char *text);
	/*
	 * The key that encrypts phase 1 and all its exchanges (RFC 2409 Appendix B), of the SA with this initiator cookie:
	 * for `crypto export wireshark`. NULL but after ike_export_keys(), and then no key of phase 1 leaves the engine.
	 */
	void (*phase1_key)(void *ctx, const uint8_t icookie[8], const uint8_t *key, size_t octets);
};

#endif
