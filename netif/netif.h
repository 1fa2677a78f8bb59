/*
 * All that is Linux: links, addresses and routes over rtnetlink (libmnl), TUN devices, the IKE and ESP sockets, ICMP
 * echo, and the few sysctls a router needs. Decides nothing.
 *
 * Functions return 0 or -errno unless they say otherwise; netif_error() tells the kernel's own words where it gave
 * any (extended ACK). What the router adds is marked (addresses with IFA_PROTO, routes with a route protocol of our
 * own), so that netif_cleanup() finds what a killed router left. Interface indexes are the kernel's, MTUs octets.
 */
#ifndef NETIF_NETIF_H
#define NETIF_NETIF_H

#include "base/addr.h"

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NETIF_PROTO 0x4d       /* 'M': rtm_protocol and ifa_proto of what is ours */
#define NETIF_GROUP 0x4d4d4f44 /* of links that are about to be deleted */

struct netif; /* a netlink request socket and a monitor socket */

struct netif *netif_new(void); /* NULL with errno */
void netif_free(struct netif *n);
const char *netif_error(const struct netif *n); /* of the last failed call, "" when the kernel said nothing */

/*
 * Which capability is missing: "CAP_NET_ADMIN", "CAP_NET_RAW", or NULL when both are there. They are wanted in the user
 * namespace that owns the network; a user namespace without a network of its own (unshare -U alone) has neither.
 */
const char *netif_missing_capability(void);
/* Removes addresses and routes in this namespace that carry our mark. Before Linux 5.18 addresses have none. */
int netif_cleanup(struct netif *n);

/* --- links ---- */

struct netif_link {
	int ifindex;
	char name[IF_NAMESIZE];
	char kind[16];    /* of a device that was made by request: "veth", "tun", ...; else "" */
	bool up, running; /* IFF_UP, IFF_LOWER_UP: administratively up, carrier */
	unsigned mtu;
	uint8_t mac[6];
	bool has_mac;
	uint64_t rx_packets, rx_octets, rx_errors, rx_dropped, rx_multicast;
	uint64_t tx_packets, tx_octets, tx_errors, tx_dropped, collisions;
};

int netif_link_get(struct netif *n, const char *name, struct netif_link *out); /* -ENODEV */
int netif_link_get_index(struct netif *n, int ifindex, struct netif_link *out);
int netif_link_set_up(struct netif *n, int ifindex, bool up);
int netif_link_set_mtu(struct netif *n, int ifindex, unsigned mtu);
/*
 * Deletes these links in one request, by a group that nothing else is in: the kernel waits for its readers once, not
 * for each link. Their descriptors stay open and are worth nothing.
 */
int netif_links_delete(struct netif *n, const int *ifindex, size_t count);

/* --- addresses and routes ---- */

/*
 * flags of an address: no duplicate address detection is done (IFA_F_NODAD). -EEXIST: it was there before, not ours.
 * The kernel makes the connected route, except that on `lo` only the IPv4 address itself, not its subnet, is local.
 * netif_addr_del: -EADDRNOTAVAIL when there is none. The kernel itself drops the IPv6 addresses of a link that goes
 * down.
 */
int netif_addr_add(struct netif *n, int ifindex, const struct ip_prefix *a);
int netif_addr_del(struct netif *n, int ifindex, const struct ip_prefix *a);

struct netif_addr {
	int ifindex;
	struct ip_prefix prefix;
	bool ours, tentative, link_local;
};
/* ifindex 0: of every link. fn may call functions of this header with n. */
int netif_addr_each(struct netif *n, int ifindex, void (*fn)(void *ctx, const struct netif_addr *a), void *ctx);

/*
 * via.family 0: directly connected through ifindex. ifindex 0: found by the kernel. metric 0: the kernel's default.
 * The same destination may have several next hops; -EEXIST only when all is the same. netif_route_del removes only what
 * carries our mark, -ESRCH when there is none.
 */
int netif_route_add(struct netif *n, const struct ip_prefix *dst, const struct ip_addr *via, int ifindex,
		    unsigned metric);
int netif_route_del(struct netif *n, const struct ip_prefix *dst, const struct ip_addr *via, int ifindex,
		    unsigned metric);

/* Packets to dst are discarded without a word. Likewise ours alone. */
int netif_blackhole_add(struct netif *n, const struct ip_prefix *dst, unsigned metric);
int netif_blackhole_del(struct netif *n, const struct ip_prefix *dst, unsigned metric);

/* What the kernel would do with a packet to dst: the interface and the source it would take. -ENETUNREACH. */
struct netif_path {
	int ifindex;
	struct ip_addr source;
	unsigned mtu; /* of the interface, or of the route when it has one */
	bool group;   /* dst is a broadcast or multicast address */
};
int netif_route_lookup(struct netif *n, const struct ip_addr *dst, const struct ip_addr *src, struct netif_path *out);

/* --- neighbours ---- */

enum netif_neigh_state {
	NETIF_NEIGH_INCOMPLETE,
	NETIF_NEIGH_REACHABLE,
	NETIF_NEIGH_STALE,
	NETIF_NEIGH_DELAY,
	NETIF_NEIGH_PROBE,
	NETIF_NEIGH_FAILED,
	NETIF_NEIGH_PERMANENT
};
struct netif_neigh {
	int ifindex;
	struct ip_addr addr;
	enum netif_neigh_state state;
	uint8_t mac[6];
	bool has_mac;
	unsigned age_s; /* since something was heard of it */
};
/* Of one family, 4 or 6, on every link. fn may call functions of this header with n. */
int netif_neigh_each(struct netif *n, unsigned family, void (*fn)(void *ctx, const struct netif_neigh *n), void *ctx);
int netif_neigh_del(struct netif *n, int ifindex, const struct ip_addr *addr); /* -ENOENT */
/*
 * The one IPv4 neighbour that the kernel has for all that goes by a TUN device is there from now on, until the device goes down. Of
 * neighbours that it makes itself it forgets those beyond a limit: with more than a thousand devices one for almost every packet.
 */
int netif_neigh_keep(struct netif *n, int ifindex);

/* --- changes ---- */

enum netif_change_kind {
	NETIF_CHANGE_LINK,
	NETIF_CHANGE_LINK_GONE,
	NETIF_CHANGE_ADDR,
	NETIF_CHANGE_ROUTE, /* or a rule of policy routing, or a nexthop object */
	NETIF_CHANGE_NEIGH, /* a neighbour came, changed its state or its address, or was forgotten */
	NETIF_CHANGE_LOST   /* the socket was overrun: anything may have changed */
};
struct netif_change {
	enum netif_change_kind kind;
	struct netif_link link;   /* LINK, LINK_GONE */
	struct netif_neigh neigh; /* NEIGH; as it is, or was */
	int ifindex;              /* 0 of ROUTE and LOST */
};
int netif_monitor_fd(struct netif *n); /* readable when something changed */
/*
 * Reads what is there. After an overrun of the socket what is left in it is of no use: there is one LOST, after which links
 * (those that went, too), addresses, routes and neighbours are to be read again. fn may call functions of this header with n.
 */
void netif_monitor_read(struct netif *n, void (*fn)(void *ctx, const struct netif_change *c), void *ctx);

/* --- sysctls (of this namespace) ---- */

/* path below /proc/sys/net, e.g. "ipv6/conf/all/forwarding". old gets what stood there, for the way back. */
int netif_sysctl_set(const char *path, const char *value, char *old, size_t old_size);

/* --- the IKE socket ---- */

struct netif_ike_packet {
	struct ip_addr local, remote;
	uint16_t local_port, remote_port; /* host byte order */
	int ifindex;
};
/*
 * A UDP socket on `port` (0: any) for one family, 4 or 6 (v6only), non-blocking, that tells the local address. DF is
 * clear, so that large messages may be fragmented; TOS is 0xC0. fd or -errno, -EADDRINUSE when another has the port.
 */
int netif_ike_open(unsigned family, uint16_t port);
/*
 * A second socket on the port of that one, of the same family. From then on the kernel gives it each datagram that bears a
 * responder's cookie: what belongs to an SA, or claims to. The first keeps the others: first messages, which anybody can send from
 * any number of addresses. Each has a buffer of its own, so a flood of first messages takes no room from MM3, Quick Mode, DPD.
 * fd or -errno.
 */
int netif_ike_open_known(int fd, unsigned family);
/* `port` is the socket's. Octets, 0 when nothing is there (or only empty datagrams for a while: poll again), -errno. A datagram larger than size gives its true size: drop it. */
long netif_ike_recv(int fd, uint16_t port, void *buf, size_t size, struct netif_ike_packet *info);
/*
 * Sends from info->local (family 0: the kernel chooses) to info->remote; local_port is the socket's. ifindex counts for
 * link-local addresses only. Octets or -errno; -EAGAIN when the socket is full, -EINVAL when local is not ours.
 */
long netif_ike_send(int fd, const void *buf, size_t octets, const struct netif_ike_packet *info);

/* --- ESP packets, as netif/wire.h and netif/xdp.h send and receive them ---- */

/* One ESP packet, without outer IP and UDP header. */
struct netif_esp_packet {
	struct ip_addr src, dst; /* received: both known; to send: src is bound with the packet */
	uint8_t *data;           /* received: the caller's room; to send: SPI first */
	size_t octets;           /* in: room, out: what came, 0 when the room was too small */
	uint8_t tos;             /* traffic class to send with, received: that of the outer header */
	bool df;                 /* larger than the link takes: true: -EMSGSIZE (and DF in IPv4), false: fragments */
	int ifindex;             /* for link-local addresses, else 0; received: of IPv6 packets */
	uint16_t port;           /* UDP: the other side's, host byte order; 0 with raw sockets */
	uint32_t flow;           /* to send, IPv6: the flow label, 0: as the kernel likes */
};

/* A router on the way said that a packet was too big for its next link. Anybody may say so: check what is quoted. */
struct netif_esp_error {
	struct ip_addr dst; /* of the packet */
	uint16_t port;      /* UDP: its destination port, 0 with raw sockets */
	unsigned mtu;       /* that it would take; 0: not said (before RFC 1191) */
	uint8_t quoted[8];  /* the packet behind the IP and UDP header, as far as it was quoted: SPI, sequence number */
	size_t quoted_octets;
};

/* --- ICMP echo ---- */

#define NETIF_RECORD_SLOTS 9 /* RFC 791: what 40 octets of options hold */

/* One echo reply. route: what routers wrote on the way there and back, of record_slots. */
struct netif_ping_reply {
	struct ip_addr from;
	unsigned rtt_us;
	struct ip_addr route[NETIF_RECORD_SLOTS];
	unsigned route_slots, route_used;
};

struct netif_ping {
	struct ip_addr dst, src; /* src.family 0: the kernel chooses */
	int ifindex;             /* for link-local targets and sources, else 0 */
	unsigned size;           /* of the whole IP packet, as on IOS; less than the headers: no data */
	unsigned timeout_ms;
	bool df; /* else fragments are made where needed */
	uint16_t id, sequence;
	uint8_t tos;           /* the whole octet; IPv6: the traffic class */
	bool patterned;        /* the data is `pattern` again and again, else IOS's 0xABCD */
	uint16_t pattern;      /* as it stands in the packet */
	bool validate;         /* a reply with other data is '?' */
	unsigned record_slots; /* IPv4: record route, 0: none */
	/* IPv6: with an empty header of that kind */
	bool hop_options, destination_options;
	bool group; /* many may answer: all until the time is over are waited for */
	void (*on_reply)(void *ctx, const struct netif_ping_reply *r); /* or NULL */
	void *ctx;
};
/*
 * Sends one echo request and waits for its end; wake_fd (or -1) becoming readable interrupts it.
 * Returns IOS's character: '!' '.' 'U' 'M' 'B' 'N' 'A' 'Q' '&' '?', 0 when interrupted, or -errno when it could not be
 * sent for want of a route or source (-ENETUNREACH, -EHOSTUNREACH, -EADDRNOTAVAIL). *rtt_us is set with '!'.
 * ICMP errors of the own kernel (a neighbour that does not answer) are none on IOS: the request then times out.
 */
int netif_ping(const struct netif_ping *p, int wake_fd, unsigned *rtt_us);

/* --- nftables: what is there; what there should be is told to nft (router/nft.h) ---- */

/* Is there a table of this name, of the family inet? 0, -ENOENT, or -errno when that cannot be told. */
int netif_nft_table(const char *table);
/* Each counter that has a name; 0 or -errno. */
int netif_nft_counters(const char *table, void (*fn)(void *ctx, const char *name, uint64_t packets), void *ctx);
int netif_nft_reset(const char *table, const char *counter); /* it is zero again; 0 or -errno */

/* --- traceroute ---- */

struct netif_trace {
	struct ip_addr dst, src; /* src.family 0: the kernel chooses */
	int ifindex;             /* for link-local targets and sources, else 0 */
	uint8_t ttl;
	uint16_t port; /* of dst */
	unsigned timeout_ms;
};
/*
 * Sends one UDP datagram and waits for what comes of it; wake_fd as with netif_ping(). Returns '!' (it arrived: nobody
 * listens there, or somebody answered), 't' (its life ended on the way), 'H' 'N' 'P' 'A' 'Q' '?' as IOS prints them, '.',
 * 0 when interrupted, or -errno. *from and *rtt_us are set where something came.
 */
int netif_trace(const struct netif_trace *t, int wake_fd, struct ip_addr *from, unsigned *rtt_us);

/* Packets that a rule logs to this group: their first octets, from the IP header on. */
struct netif_nflog;
struct netif_logged {
	const char *prefix;    /* the rule's */
	const uint8_t *packet; /* until the call returns */
	size_t octets;
	int ifindex; /* where it came in, 0: nowhere */
};
int netif_nflog_open(uint16_t group, unsigned octets, struct netif_nflog **out); /* 0 or -errno */
void netif_nflog_close(struct netif_nflog *l);
int netif_nflog_fd(const struct netif_nflog *l);
/* Some of those that wait; does not block. */
void netif_nflog_read(struct netif_nflog *l, void (*fn)(void *ctx, const struct netif_logged *p), void *ctx);

#endif
