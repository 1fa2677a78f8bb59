/*
 * The data plane: ESP (RFC 4303) in tunnel mode between TUN devices and ESP sockets, or UDP sockets (RFC 3948).
 *
 * Control calls esp_* from one thread (or one lock); the workers run by themselves. Control publishes a read-only
 * table of tunnels and SAs; workers read it without a lock and write only their own runtime blocks (sequence number,
 * window, counters), which control reads for show. What workers have to say comes back through esp_events().
 * SPIs are in host byte order, sizes in octets.
 */
#ifndef ESP_ESP_H
#define ESP_ESP_H

#include "base/addr.h"
#include "config/model.h"
#include "netif/wire.h"
#include "netif/xdp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct esp;

/* Why a packet was dropped. One list: it names the counters too. */
#define ESP_DROPS(X)                                                                                                   \
	X(ESP_DROP_NO_SA, "no sa")             /* outbound: the tunnel has no SA */                                    \
	X(ESP_DROP_UNKNOWN_SPI, "invalid spi") /* inbound */                                                           \
	X(ESP_DROP_SHORT, "short packet")      /* truncated, or not a multiple of the block */                         \
	X(ESP_DROP_REPLAY, "replay")           /* seen before, or left of the window */                                \
	X(ESP_DROP_ICV, "mac verify failed")   /* integrity check */                                                   \
	X(ESP_DROP_PADDING, "bad padding")     /* RFC 4303 2.4 */                                                      \
	X(ESP_DROP_SELECTOR, "proxy mismatch") /* inner packet is not what the SA protects */                          \
	X(ESP_DROP_FAMILY, "wrong protocol")   /* IPv4 on an IPv6 VTI or the other way round */                        \
	X(ESP_DROP_TOO_BIG, "too big")         /* answered with ICMP */                                                \
	X(ESP_DROP_SEQUENCE, "sequence exhausted")                                                                     \
	X(ESP_DROP_CRYPTO, "crypto engine")                                                                            \
	X(ESP_DROP_SEND, "send failed")                  /* socket or TUN did not take it */                           \
	X(ESP_DROP_ADDRESS, "wrong endpoint")            /* outer addresses are not the SA's */                        \
	X(ESP_DROP_ENCAPSULATION, "wrong encapsulation") /* in UDP on a native SA, or the other way round */           \
	X(ESP_DROP_ECN, "congestion") /* marked on the way, and the inner packet cannot say so (RFC 6040) */

enum esp_drop {
	ESP_OK,
#define X(id, text) id,
	ESP_DROPS(X)
#undef X
		ESP_DROP_COUNT
};

const char *esp_drop_name(enum esp_drop d);

/* Sizes of a transform; what `IV size` and the MTU formulas need. */
struct esp_suite_info {
	unsigned key_octets;  /* cipher key, with GCM's 4 octets of salt */
	unsigned auth_octets; /* HMAC key */
	unsigned iv_octets, block_octets, icv_octets;
};

/* False when the pair is not one (GCM with an HMAC, nothing at all). */
bool esp_suite_info(enum esp_cipher cipher, unsigned keybits, enum esp_auth auth, struct esp_suite_info *out);
/* The largest inner packet whose ESP packet, in UDP or not, fits path_mtu; outer is 4 or 6. IOS's "plaintext mtu". */
unsigned esp_plaintext_mtu(const struct esp_suite_info *s, unsigned path_mtu, unsigned outer_family, bool udp);

struct esp_sa {
	uint32_t tunnel; /* which tunnel it belongs to */
	bool inbound;
	uint32_t spi; /* 256 and up; of inbound SAs unique in the whole plane */
	uint32_t conn_id;
	struct ip_addr src, dst; /* outer */
	enum esp_cipher cipher;
	unsigned keybits;
	enum esp_auth auth;
	const uint8_t *cipher_key, *auth_key; /* copied, the copy is wiped on removal */
	size_t cipher_key_octets, auth_key_octets;
	unsigned replay_window; /* 0, or 64..1024; without an ICV the window is off whatever stands here */
	/*
	 * Outbound: the SPI of the tunnel's inbound SA that must have taken a packet before this SA is used, 0: none.
	 * A responder's SA waits so for the peer to show that it has its half; the worker itself sees it come, so that
	 * the answer to the very first packet finds the SA.
	 */
	uint32_t held_by;
	/* ESP_EVENT_VOLUME when so many inner octets have been carried; 0: never. */
	uint64_t soft_octets;
	/*
	 * Encapsulated in UDP (RFC 3948) between these ports, host byte order; both 0: native ESP. local_port is
	 * ESP_UDP_PORT. What came in the other way is dropped: the encapsulation was negotiated. An inbound SA in UDP
	 * takes genuine packets from wherever a NAT makes them come from (ESP_EVENT_MOVED); without an ICV, from its
	 * own peer only.
	 */
	uint16_t local_port, remote_port;
};

#define ESP_UDP_PORT 4500

struct esp_tunnel {
	uint32_t id; /* chosen by the caller, unique, not 0 */
	/*
	 * Of the TUN device (netif/tun.h), a queue for each worker; they stay the caller's, open until
	 * esp_tunnel_remove() returned. uso: the device takes UDP that is still to be cut.
	 */
	int tun_fd[NETIF_WORKERS_MAX];
	bool uso;
	unsigned inner_family;        /* 4 or 6: what it carries */
	struct ip_addr local, remote; /* outer */
	unsigned path_mtu;            /* of the outer path, 68 and up */
	unsigned mtu;                 /* `ip mtu`: largest inner packet, 0: no such limit */
	/*
	 * A packet fits when it is not larger than mtu and than the current SA's esp_plaintext_mtu; IPv6 packets up to
	 * 1280 and IPv4 packets up to 68 always do (the kernel cuts the outer packet). Of one that does not fit:
	 *
	 *   the outer packet is cut   with cut_after, when the outer header is without DF; and with IPSEC_DF_CLEAR when
	 *                             the inner packet has DF, so that nobody may cut that. Not when mtu is exceeded.
	 *   the inner packet is cut   else, when it is IPv4 without DF; each piece becomes an ESP packet of its own
	 *   ICMP answers              else
	 */
	enum ipsec_df df; /* of the outer IPv4 header (RFC 4301 8.1); IPSEC_DF_DEFAULT is copy */
	bool cut_after;   /* `crypto ipsec fragmentation after-encryption` */
};

struct esp_counters {
	uint64_t packets, octets; /* inner; outbound: encapsulated, also when the socket then refused the packet */
	uint64_t drops[ESP_DROP_COUNT];
	uint64_t last_ms;  /* CLOCK_MONOTONIC of the last good packet, 0: none */
	uint64_t since_ms; /* of an SA, CLOCK_MONOTONIC: when it was added */
	uint32_t sequence; /* outbound: last used; inbound: right edge of the window */
};

enum esp_event_kind {
	ESP_EVENT_INVALID_SPI, /* src, dst, spi, octets */
	ESP_EVENT_SEQUENCE,    /* tunnel, spi, sequence: half of the numbers or all are used; never limited */
	ESP_EVENT_REPLAY,      /* tunnel, spi, conn_id, sequence */
	ESP_EVENT_ICV,         /* tunnel, spi, conn_id */
	/*
	 * tunnel, mtu: a router on the way said, and quoted the SA's own packet, that it takes only that (0: it did not
	 * say how much); or the kernel did not take a packet of one octet more, its link being smaller.
	 */
	ESP_EVENT_PATH_MTU,
	/*
	 * tunnel, spi, src, dst and ports: a packet that is genuine, and newer than all before it on this inbound SA,
	 * came from another address or port. At most once a second for each SA, until esp_sa_move() follows.
	 */
	ESP_EVENT_MOVED,
	ESP_EVENT_PROVEN, /* tunnel, spi: the inbound SA took its first genuine packet; once, never limited */
	ESP_EVENT_VOLUME, /* tunnel, inbound, spi: soft_octets were carried; once, never limited */
};

struct esp_event {
	enum esp_event_kind kind;
	bool inbound;
	uint32_t tunnel, spi, conn_id, sequence, mtu;
	struct ip_addr src, dst;
	uint16_t src_port, dst_port; /* of packets in UDP, host byte order */
	size_t octets;               /* ESP_EVENT_INVALID_SPI: of the packet, from its SPI on */
};

struct esp_config {
	unsigned workers; /* in each direction, 1..NETIF_WORKERS_MAX */
	bool multi;       /* ipsec-mb may be used */
	/*
	 * Of IPv4 and IPv6, one for each worker; NULL: there is none. udp: on ESP_UDP_PORT. They stay the caller's, open
	 * until esp_free() returned.
	 */
	struct netif_wire *esp[2][NETIF_WORKERS_MAX];
	struct netif_wire *udp[2][NETIF_WORKERS_MAX];
};

struct esp *esp_new(const struct esp_config *config);
void esp_free(struct esp *e); /* stops the workers, wipes every key; no descriptor is used afterwards */

/*
 * 0 or -errno (-EINVAL). The same id replaces what the tunnel is and keeps its SAs and counters; after it returned no
 * worker uses the fd that stood there before.
 */
int esp_tunnel_add(struct esp *e, const struct esp_tunnel *params);
void esp_tunnel_remove(struct esp *e, uint32_t id); /* with its SAs; no worker uses the fd afterwards */
/*
 * An outbound SA that is not held becomes the tunnel's current; when that is removed, the newest that is left does.
 * The newest one that is held takes its place when it may. 0, -ENOENT (no such
 * tunnel), -EEXIST (this SPI is there), -EINVAL (no such transform, key sizes, window, addresses, reserved SPI),
 * -ENOTSUP (OpenSSL lacks the algorithm: no legacy provider), -ENOMEM.
 */
int esp_sa_add(struct esp *e, const struct esp_sa *params);
void esp_sa_remove(struct esp *e, uint32_t tunnel, bool inbound, uint32_t spi);
/* An outbound SA that is held is not any more, whatever was received. */
void esp_sa_release(struct esp *e, uint32_t tunnel, uint32_t spi);

/*
 * The peer of an SA in UDP has this address and port now. Sequence numbers, window, counters and keys stay. Of an inbound
 * SA packets from where the peer was are still taken; being older, they move nothing. False: no such SA, or it is not in
 * UDP, or the family is another.
 */
bool esp_sa_move(struct esp *e, uint32_t tunnel, bool inbound, uint32_t spi, const struct ip_addr *peer, uint16_t port);

/*
 * Native ESP of the SAs between local and remote goes to that hop past the kernel's IP, by xdp or, where that is NULL, by the
 * wire's packet socket, unless it is too large. The list replaces the one before; after it returned no worker sends by a netif_xdp that is in it no more. False when out of memory: the
 * one before stays.
 */
struct esp_hop {
	struct ip_addr local, remote;
	struct netif_xdp *xdp;
	struct netif_hop hop;
};
bool esp_hops_set(struct esp *e, const struct esp_hop *hops, size_t count);
/*
 * Whether packets are taken from it, and what its interface had no room for is sent later. 0 or -errno (-ENOSPC: too many).
 * After the removal no worker does either.
 */
int esp_xdp_add(struct esp *e, struct netif_xdp *x);
void esp_xdp_remove(struct esp *e, struct netif_xdp *x);

bool esp_sa_counters(struct esp *e, uint32_t tunnel, bool inbound, uint32_t spi, struct esp_counters *out);
/*
 * Every SA as it was added, with its keys, which are there during the call only: for `crypto export wireshark` and nothing
 * else.
 */
void esp_each_key(const struct esp *e, void (*fn)(void *ctx, const struct esp_sa *sa), void *ctx);
/* Of the tunnel since esp_tunnel_add, SAs that are gone included; in: decapsulated, out: encapsulated. */
bool esp_tunnel_counters(struct esp *e, uint32_t id, struct esp_counters *in, struct esp_counters *out);

/* Inbound packets of no tunnel: with an SPI that nobody has, or too short for one. Only *out's drops are set. */
void esp_stray_counters(const struct esp *e, struct esp_counters *out);

/* --- what computes, and where the time goes ---- */

/* One transform: which engine takes it, and what one packet of 512 octets cost when that was measured. */
struct esp_engine_row {
	enum esp_cipher cipher;
	unsigned keybits;
	enum esp_auth auth;
	unsigned multi_from;        /* packets of a batch from which ipsec-mb is used; 0: never */
	unsigned single_ns;         /* OpenSSL, sealed; 0: it has none */
	unsigned multi_1, multi_ns; /* ipsec-mb, alone and in a batch of 16; 0: it has none */
};
/* How many there are; the first max into out. */
size_t esp_engine_rows(const struct esp *e, struct esp_engine_row *out, size_t max);
/* "ipsec-mb 1.3.0 AVX512", or "" when it is not used. */
const char *esp_engine_name(const struct esp *e);

#define ESP_STAGES(X)                                                                                                  \
	X(ESP_STAGE_READ, "read")             /* outbound, from the TUN device */                                      \
	X(ESP_STAGE_SEGMENT, "segment")       /* cut, checksums */                                                     \
	X(ESP_STAGE_LOOKUP_OUT, "lookup out") /* tunnel, SA, what fits */                                              \
	X(ESP_STAGE_ENCRYPT, "encrypt")       /* numbers, padding, cipher, ICV */                                      \
	X(ESP_STAGE_SEND, "send")             /* to the socket or AF_XDP */                                            \
	X(ESP_STAGE_RECEIVE, "receive")       /* inbound */                                                            \
	X(ESP_STAGE_LOOKUP_IN, "lookup in")   /* SPI, tunnel, SA */                                                    \
	X(ESP_STAGE_DECRYPT, "decrypt")       /* ICV, cipher */                                                        \
	X(ESP_STAGE_REPLAY, "replay")         /* window, padding, selector */                                          \
	X(ESP_STAGE_COALESCE, "coalesce")                                                                              \
	X(ESP_STAGE_WRITE, "write") /* to the TUN device */

enum esp_stage {
#define X(id, text) id,
	ESP_STAGES(X)
#undef X
		ESP_STAGE_COUNT
};

const char *esp_stage_name(enum esp_stage s);

struct esp_stage_count {
	uint64_t cycles;  /* of the processor's time stamp counter; elsewhere nanoseconds */
	uint64_t packets; /* that passed, as on the wire: one read or write of the TUN device is of many */
	uint64_t turns;   /* batches; of READ, reads; of SEGMENT and LOOKUP_OUT, packets */
};
/* Off at first, and then costs nothing. Turning it on, also when it is, begins at zero. */
void esp_measure(struct esp *e, bool on);
bool esp_measuring(const struct esp *e);
void esp_stage_counts(const struct esp *e, struct esp_stage_count out[ESP_STAGE_COUNT]);

/* Readable when there are events (level); drain with esp_events. Repeated events of a kind are limited per second. */
int esp_event_fd(struct esp *e);
size_t esp_events(struct esp *e, struct esp_event *out, size_t max);

/* --- what shares the UDP port with ESP: IKE, with the non-ESP marker, and keepalives (RFC 3948 2.2, 2.3) ---- */

#define ESP_IKE_OCTETS_MAX 16384

/* As netif_ike_open_known(): what bears a responder's cookie never waits behind first messages. */
enum esp_ike { ESP_IKE_KNOWN, ESP_IKE_FIRST };

/* Readable when such IKE datagrams wait. When too many wait, more are dropped. */
int esp_ike_fd(struct esp *e, enum esp_ike which);
/* Octets of the next datagram without the marker, 0: none waits. A datagram larger than size is dropped. */
size_t esp_ike_recv(struct esp *e, enum esp_ike which, void *buf, size_t size, struct netif_ike_packet *info);
/* Puts the marker before it. False: it was not taken, as there is too much on its way already. */
bool esp_ike_send(struct esp *e, const void *datagram, size_t octets, const struct netif_ike_packet *info);
bool esp_keepalive_send(struct esp *e, const struct netif_ike_packet *info);

#endif
