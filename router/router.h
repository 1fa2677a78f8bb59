/*
 * The running router: makes the kernel, the IKE engine and the data plane be what the running-config says.
 *
 * router_apply() compares the model with what the runtime holds and does the difference: it may be called any number
 * of times, and the same code runs when a link, an address or a route of the kernel changes. It is the one place
 * that joins config/, ike/, esp/ and netif/; the shell sees those through it and through snapshots.
 *
 * One lock (router_lock) guards all of it: the event loop's callbacks hold it, and so does every command.
 */
#ifndef ROUTER_ROUTER_H
#define ROUTER_ROUTER_H

#include "base/fault.h"
#include "config/model.h"
#include "esp/esp.h"
#include "ike/ike.h"
#include "netif/netif.h"
#include "netif/wire.h"

#include <time.h>

struct event_base;
struct router;

/* `-i Ethernet0/0=eth0` */
struct router_port {
	char ifname[CONFIG_IFNAME_SIZE]; /* canonical */
	char device[IF_NAMESIZE];
};

/* What carries native ESP: see doc/esp.md. */
enum router_transport { ROUTER_TRANSPORT_AUTO, ROUTER_TRANSPORT_RAW, ROUTER_TRANSPORT_XDP };

#define ROUTER_WORKERS_MAX NETIF_WORKERS_MAX

struct router_options {
	struct event_base *base; /* made after evthread_use_pthreads(): commands set timers from their own threads */
	struct logger *log;
	struct config *config; /* the running-config; stays the caller's, read under the lock */
	const struct router_port *ports;
	size_t port_count;
	/* Of the data plane in each direction: at most ROUTER_WORKERS_MAX. 0: half of the processors. */
	unsigned workers;
	enum router_transport transport;
};

/*
 * Opens sockets, checks capabilities and devices, cleans up what a killed router left. On failure returns NULL and
 * writes one line for the user into error ("CAP_NET_RAW is missing: run as root or ...").
 */
struct router *router_new(const struct router_options *o, char *error, size_t error_size);
/* Tells peers, takes down all that the router added. */
void router_free(struct router *r);

void router_lock(struct router *r);
void router_unlock(struct router *r);
/*
 * In a long command that holds the lock: the event loop runs in between, if it waits. Interfaces, routes and SAs may be others
 * after it; the running-config is not, since nobody but the loop comes in.
 */
void router_lend(struct router *r);

/* Makes the runtime follow the running-config. Call after every accepted configuration command, lock held. */
void router_apply(struct router *r);

struct ike *router_ike(struct router *r);
struct esp *router_esp(struct router *r);

unsigned router_workers(const struct router *r); /* of the data plane, in each direction */

/* debug crypto ...: mask of enum ike_debug, handed on to the engine, and of what the data plane is to measure. */
#define ROUTER_DEBUG_ENGINE_PACKET (1u << 7)
void router_set_debug(struct router *r, unsigned kinds);
unsigned router_debug(const struct router *r);
/* debug crypto condition ...; copied. */
void router_set_conditions(struct router *r, const struct ike_conditions *c);
const struct ike_conditions *router_conditions(const struct router *r);

/* Does a port of this canonical name exist (mapped with -i)? One that is no port always can. */
bool router_port_exists(const struct router *r, const char *ifname);

/*
 * Where keys of SAs go, for `crypto export wireshark`. Called under the lock; what is pointed to is there during the call, and
 * whoever copies it wipes the copy. Addresses of an SA in UDP are those that it began with.
 */
struct router_key_sink {
	void *ctx;
	void (*ike)(void *ctx, const uint8_t icookie[8], const uint8_t *key, size_t octets);
	void (*esp)(void *ctx, const struct esp_sa *sa);
};
/* The keys of what exists, and then of all that comes. NULL, as it is at first: no key leaves the engines. Lock held. */
void router_set_key_sink(struct router *r, const struct router_key_sink *sink);

/* Embedded packet capture (router/capture.h): as long as the router is there. */
struct capture;
struct capture *router_capture(struct router *r);
/*
 * Starts a point, stops it, removes it: what capture_start(), capture_stop() and capture_point_remove() return, and -ENODEV: no
 * link. Ports follow. Lock held.
 */
int router_capture_start(struct router *r, const char *point);
int router_capture_stop(struct router *r, const char *point);
int router_capture_remove(struct router *r, const char *point);

/* --- snapshots ---- */

struct router_if_info {
	char name[CONFIG_IFNAME_SIZE];
	char config_name[CONFIG_IFNAME_SIZE]; /* of a Virtual-Access its Virtual-Template, else the same */
	enum if_type type;
	bool admin_down, link_up, protocol_up; /* "up, line protocol is up" */
	int ifindex;                           /* 0: no kernel link */
	char device[IF_NAMESIZE];
	unsigned mtu;           /* of the kernel link */
	unsigned transport_mtu; /* tunnel: what fits an outer packet ("Tunnel transport MTU") */
	uint8_t mac[6];
	bool has_mac;
	struct ip_addr link_local;         /* IPv6 link-local in force, family 0: none */
	struct ip_addr tunnel_source;      /* in force, family 0: none */
	struct ip_addr tunnel_destination; /* likewise; a Virtual-Access's peer */
	uint64_t rx_packets, rx_octets, rx_errors, rx_dropped, rx_multicast;
	uint64_t tx_packets, tx_octets, tx_errors, tx_dropped;
	uint64_t input_rate_bps, input_rate_pps, output_rate_bps, output_rate_pps; /* 5 minute averages */
	uint64_t last_input_s, last_output_s;                                      /* ago; UINT64_MAX: never */
	uint64_t cleared_s;                                                        /* likewise: `clear counters` */
	unsigned resets;
	uint64_t wrong_family; /* tunnel: packets dropped since the other IP version */
	/*
	 * Of an interface that tunnels leave by: packets for which the sockets of the data plane had no room. All such
	 * interfaces share the sockets; AF_XDP is its own.
	 */
	uint64_t rx_no_buffer;
};

/* In the order of the running-config. Every configured interface, every port and every clone is there. Lends the lock. */
void router_each_if(struct router *r, void (*fn)(void *ctx, const struct router_if_info *i), void *ctx);
/* What counts packets and resets begins at zero again; NULL: of every interface. */
void router_clear_counters(struct router *r, const char *name);
bool router_if(struct router *r, const char *name, struct router_if_info *out);
bool router_if_exists(const struct router *r, const char *name);
/* The index-th ipv6[] of its configuration as it is in force: an eui-64 address with its host part. */
bool router_if_address6(struct router *r, const char *name, unsigned index, struct ip_prefix *out);

/* What keeps a tunnel from negotiating at all, as far as it is this router's own; in the order in which it is looked for. */
enum router_obstacle {
	ROUTER_OBSTACLE_NONE,
	ROUTER_ISAKMP_OFF,
	ROUTER_TUNNEL_SHUTDOWN,
	ROUTER_TUNNEL_MODE,        /* none of IPsec */
	ROUTER_SOURCE_NONE,        /* no `tunnel source` */
	ROUTER_SOURCE_MISSING,     /* it names an interface that is not there */
	ROUTER_SOURCE_DOWN,        /* ... or is down */
	ROUTER_SOURCE_NO_ADDRESS,  /* ... or has no address of the tunnel's IP version */
	ROUTER_SOURCE_FOREIGN,     /* it names an address that no interface that is up has */
	ROUTER_DESTINATION_NONE,   /* no `tunnel destination` */
	ROUTER_DESTINATION_FAMILY, /* it is of another IP version than the tunnel */
	ROUTER_ROUTE_NONE,
	ROUTER_ROUTE_RECURSIVE, /* the way to the peer is the tunnel itself */
	ROUTER_PROTECTION_NONE, /* no `tunnel protection` */
	ROUTER_PROFILE_MISSING,
	ROUTER_SETS_MISSING, /* the profile names transform sets, and none of them is there */
	ROUTER_ENDS_TAKEN,   /* another tunnel has the same two addresses */
	ROUTER_NO_DEVICE     /* the kernel gave no device for it */
};
enum fault router_obstacle_fault(enum router_obstacle o);

/* An IPsec tunnel as far as it is configured. */
struct router_tunnel_info {
	char name[CONFIG_IFNAME_SIZE];
	char config_name[CONFIG_IFNAME_SIZE]; /* as in struct router_if_info */
	enum if_type type;
	uint32_t ident; /* of the engine and of the data plane, 0: none */
	enum router_obstacle obstacle;
	char other[CONFIG_IFNAME_SIZE]; /* ROUTER_ENDS_TAKEN: whose they are */
	struct ip_addr source;          /* in force, family 0: none */
	struct ip_addr destination;     /* of a Virtual-Access its peer */
};
/* Tunnel, Virtual-Template and Virtual-Access interfaces in the order of the running-config. Lends the lock. */
void router_each_tunnel(struct router *r, void (*fn)(void *ctx, const struct router_tunnel_info *i), void *ctx);

/* How native ESP leaves and comes on a port now. */
struct router_transport_info {
	char name[CONFIG_IFNAME_SIZE];
	bool xdp;
	/* "AF_XDP (generic)", "raw socket"; ", packet socket to known next hops" after it: there are such, and it is open */
	const char *transport;
	char why[96];                     /* the raw socket, and not AF_XDP; "" with AF_XDP */
	uint64_t sent, received, dropped; /* packets of AF_XDP since it was opened; dropped: see netif_xdp_status */
};
/* Every port, in the order of the running-config. */
void router_each_transport(struct router *r, void (*fn)(void *ctx, const struct router_transport_info *i), void *ctx);

enum router_route_kind { ROUTE_CONNECTED, ROUTE_LOCAL, ROUTE_STATIC };
struct router_route {
	enum router_route_kind kind;
	struct ip_prefix prefix;
	struct ip_addr via;              /* family 0: directly connected */
	char ifname[CONFIG_IFNAME_SIZE]; /* "" when a static route names only a next hop */
	unsigned distance, metric;
	uint32_t tag;      /* 0: none */
	bool best;         /* the first of those that share its prefix: the one the kernel gets */
	uint64_t since_ms; /* on the clock of router_route_age_s() */
};
/* How long it has been there. */
uint64_t router_route_age_s(const struct router_route *t);
/* The active routes of one family (4 or 6), sorted by address and length. */
void router_each_route(struct router *r, unsigned family, void (*fn)(void *ctx, const struct router_route *t),
		       void *ctx);

/*
 * The routes to a network (of this length, or of any: -1), or all of IPv4 (NULL), are there since now; those that the
 * router gave to the kernel are put there anew. False: there is no such route.
 */
bool router_clear_routes(struct router *r, const struct ip_addr *network, int len);

/* The data plane as a whole. */
struct router_engine_counters {
	struct esp_counters in, out; /* packets, octets, drops of all, and of tunnels that are gone */
	uint64_t no_buffer;          /* packets that the sockets had no room for */
	uint64_t cleared_s;          /* ago, or since the start */
	bool measuring;              /* ROUTER_DEBUG_ENGINE_PACKET */
	uint64_t measured_s;         /* for so long */
	const char *unit;            /* of their cycles, in the plural */
	struct esp_stage_count stages[ESP_STAGE_COUNT];
};
void router_engine_counters(struct router *r, struct router_engine_counters *out);
void router_engine_clear(struct router *r); /* all of it begins at zero */
/* Packets that the sockets for such ESP packets (outer family 4 or 6, in UDP or not; AF_XDP too) had no room for, since the start. */
uint64_t router_no_buffer(const struct router *r, unsigned family, bool udp);

/* A neighbour of a port, or an address of the port itself. */
struct router_neigh {
	struct ip_addr addr;
	char ifname[CONFIG_IFNAME_SIZE];
	int ifindex;
	bool own;
	enum netif_neigh_state state;
	uint8_t mac[6];
	bool has_mac;
	unsigned age_s; /* since something was heard of it */
};
/* Of one family, 4 or 6, in no order. */
void router_each_neigh(struct router *r, unsigned family, void (*fn)(void *ctx, const struct router_neigh *n),
		       void *ctx);
/* Forgets the neighbours of one port, or of all (NULL); what is configured stays. */
void router_clear_neigh(struct router *r, unsigned family, const char *ifname);

/*
 * What the packet filter has counted for each entry of an access list that is in use (acl_entry.handle), sorted by
 * handle; *out is the caller's to free. The kernel is asked: without the lock.
 */
struct router_acl_count {
	uint64_t handle, packets;
};
size_t router_acl_counts(struct router_acl_count **out);
/* These count from zero again. */
void router_acl_clear(const uint64_t *handles, size_t count);

/*
 * What a ping needs to know: the way to dst. source_if: "" or an interface whose address is the source; out_if: the
 * interface for a link-local dst. 0, -ENETUNREACH (no route), -EADDRNOTAVAIL (invalid source).
 */
int router_ping_path(struct router *r, const struct ip_addr *dst, const char *source_if, const struct ip_addr *source,
		     const char *out_if, struct netif_ping *out);

#endif
